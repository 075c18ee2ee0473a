"""A recorded run as a `test` block that passes on the same rules. Owns the lines; when they come is `timeline`.

What depends on the clock and what was redacted is not expected; reads that are mocked need no `expect`.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from treadle.dsl import graph as g
from treadle.dsl.catalogue import Catalogue, Param
from treadle.dsl.checker.examples import trigger_example
from treadle.dsl.typesystem import Record, Type
from treadle.dsl.values import Value
from treadle.runtime.ports import ApprovalRow, StoredStep
from treadle.runtime.redaction import MASK
from treadle.runtime.trials.answers import Needed, needed
from treadle.runtime.trials.reading import fields_read
from treadle.runtime.trials.recorded import BEFORE, Recorded, Told, Uses, plain
from treadle.runtime.trials.tainted import Tainted
from treadle.runtime.trials.timeline import Beside, Did, Ended, Given, heard_as, moments
from treadle.runtime.trials.typed import Typed, clean, spans


def retold(recorded: Recorded, uses: Uses, catalogue: Catalogue) -> str:
    """The text of the block; `uses` are the names that its file gives to plugins."""
    return _Retelling(recorded, uses, catalogue).text()


class _Retelling:
    def __init__(self, recorded: Recorded, uses: Uses, catalogue: Catalogue) -> None:
        self._recorded = recorded
        self._names = {what: name for name, what in uses.items()}
        self._catalogue = catalogue
        self._tainted = Tainted(recorded.run.graph)
        self._zone = recorded.root.graph.zone
        self._read = fields_read((*recorded.rules, *(each.graph for each in recorded.beside)))

    def text(self) -> str:
        began = self._recorded.since.astimezone(ZoneInfo(self._zone))
        name = f"{self._recorded.run.row.rule}, as it ran at {began:%Y-%m-%d %H:%M:%S}"
        return "\n".join([f"test {clean(name)}", *(f"  {line}" for line in self._lines())]) + "\n"

    def _lines(self) -> Iterator[str]:
        mocks = list(needed(self._recorded))
        early = [self._mock(each) for each in mocks if not each.late]
        late = {each.call.step.id: self._mock(each) for each in mocks if each.late}
        yield from self._beginning(early)
        for moment in moments(self._recorded, late):
            what = moment.what
            if isinstance(what, Did | Beside) and what.step.id in late:
                yield late[what.step.id]
            if moment.pause:
                yield from (f"after {each}" for each in spans(moment.pause))
            match what:
                case Given(told, hear, data):
                    yield self._given(told, hear, data)
                case ApprovalRow():
                    answer = "true" if what.state == "approved" else "false"
                    yield f"mock approve {clean(what.question)} returns {answer}"
                case Did(step):
                    yield from self._expect(step)
                case Ended(message):
                    yield f"expect fail {clean(message)}"

    def _beginning(self, mocks: list[str]) -> Iterator[str]:
        """The clock, what was answered, and what set the rule off."""
        root, event = self._recorded.root, self._recorded.event
        began = self._recorded.since.astimezone(ZoneInfo(self._zone))
        by_clock = event is None and not root.graph.by_hand
        if by_clock:
            began -= BEFORE
        yield f"at {began:%Y-%m-%d %H:%M:%S} in {clean(self._zone)}"
        if event is not None:
            first = self._recorded.earlier[0] if self._recorded.earlier else event
            yield self._given(root, heard_as(root, first), plain(first.loaded or first.data))
        elif not by_clock:
            yield f"given by hand {clean(root.graph.name)}"
        yield from mocks
        if by_clock:
            yield from (f"after {each}" for each in spans(BEFORE.total_seconds() + 1))

    def _given(self, told: Told, hear: g.Hear, data: Value) -> str:
        spec = self._catalogue.plugins.get(hear.plugin or "")
        trigger = spec.triggers.get(hear.trigger) if spec else None
        typed = Typed(told.graph.records, full=True)
        known = told.graph.names.get(hear.name)
        if hear in told.graph.webhooks:
            return f"given webhook {clean(hear.trigger)} {typed.write(data, known)}"
        if trigger is None:
            return f"given {hear.trigger} {typed.event(data, known, (), self._read)}"
        needed = {each.name: each.type for each in trigger.params if each.required and each.name in data}
        args = ", ".join(f"{name}: {typed.write(data[name], of)}" for name, of in needed.items())
        rest = {name: each for name, each in data.items() if name not in needed}
        written = typed.event(rest, known, trigger_example(trigger).keys() - needed, self._read)
        name = f"{self._named(str(hear.plugin), hear.connection)}.{hear.trigger}"
        return f"given {name}{f'({args})' if args else ''} {written}"

    def _mock(self, mock: Needed) -> str:
        node, outcome = mock.call.node, mock.call.outcome
        if isinstance(node, g.Ask):
            target = f"ask {node.agent}"
        else:
            args = self._args(node, mock.call.step, Tainted(mock.call.told.graph)) if mock.narrow else ""
            target = self._action(node) + args
        match outcome.kind:
            case "returns":
                written = Typed(outcome.records).write(plain(outcome.output), outcome.type)
                return f"mock {target} returns {written}"
            case "fails":
                return f"mock {target} fails {clean(outcome.error or '')}"
        return f"mock {target} unknown"

    def _expect(self, step: StoredStep) -> Iterator[str]:
        """What the step did, when a test can see it."""
        node, given = self._recorded.run.graph.nodes.get(step.node), plain(step.input)
        if given is None or step.state not in ("done", "failed", "unknown"):
            return
        match node:
            case g.Call() if not self._reads(node):
                yield f"expect {self._action(node)}{self._args(node, step, self._tainted)}"
            case g.Start() | g.Run():
                yield f"expect start {clean(node.sequence)}"
            case g.Emit():
                yield f"expect emit {node.event}"
            case g.Log() if not self._tainted.expr(node.text):
                yield f"expect log {clean(str(given))}"

    def _args(self, node: g.Call, step: StoredStep, tainted: Tainted) -> str:
        given, params = plain(step.input), self._params(node)
        if not isinstance(given, dict):
            return ""
        unsure = tainted.args(node.args)
        typed = Typed(self._records(node.plugin))
        written = [
            f"{name}: {typed.write(value, params[name])}"
            for name, value in given.items()
            if name in params and name not in unsure and value is not None and not _masked(value)
        ]
        return f"({', '.join(written)})" if written else ""

    def _action(self, node: g.Call) -> str:
        return f"{self._named(node.plugin, node.connection)}.{node.action}"

    def _named(self, plugin: str, connection: str | None) -> str:
        return self._names.get((plugin, connection), plugin)

    def _reads(self, node: g.Call) -> bool:
        plugin = self._catalogue.plugins.get(node.plugin)
        action = plugin.actions.get(node.action) if plugin else None
        return action is not None and action.reads and node.name is not None

    def _params(self, node: g.Call) -> dict[str, Type]:
        plugin = self._catalogue.plugins.get(node.plugin)
        action = plugin.actions.get(node.action) if plugin else None
        params: tuple[Param, ...] = action.params if action else ()
        return {each.name: each.type for each in params}

    def _records(self, plugin: str) -> dict[str, Record]:
        spec = self._catalogue.plugins.get(plugin)
        return {f"{plugin}.{name}": record for name, record in spec.records.items()} if spec else {}


def _masked(value: Value) -> bool:
    match value:
        case str():
            return MASK in value
        case dict():
            return any(_masked(each) for each in value.values())
        case list():
            return any(_masked(each) for each in value)
    return False
