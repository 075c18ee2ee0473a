"""`test` blocks as plain data: names resolved, data that is left out filled in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import nodes, trial
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import Checked
from treadle.dsl.checker.constants import constant_of, seconds_of
from treadle.dsl.checker.examples import trigger_example
from treadle.dsl.checker.hearing import WEBHOOK, declared_event
from treadle.dsl.checker.tables import ActionRef, AnswerRef, TriggerRef
from treadle.dsl.lower.constants import FileValues
from treadle.dsl.lower.filling import Filling
from treadle.dsl.typesystem import Record, Type
from treadle.dsl.values import Value

_NO_REQUEST: dict[str, Value] = {"text": "", "headers": {}, "query": {}}


def lower_trial(checked: Checked, values: FileValues, records: Mapping[str, Record]) -> trial.Trial:
    """The test, checked without an error; `records` are those of all plugins, by full name."""
    decl = checked.decl
    assert isinstance(decl, nodes.TestDecl)  # asked by the caller
    lowering = _Lines(checked, values, records)
    return trial.Trial(
        name=str(decl.name.value),
        file=values.scope.module.file,
        span=decl.span,
        lines=tuple(lowering.line(line) for line in decl.lines),
        functions=values.functions(checked.tables.functions),
        zone=values.scope.workspace.catalogue.zone,
        uses={name: (each.plugin, each.connection) for name, each in values.scope.uses.items()},
    )


def records_of(catalogue: Catalogue) -> dict[str, Record]:
    """The records of all plugins by full name."""
    return {
        f"{plugin.name}.{name}": record
        for plugin in catalogue.plugins.values()
        for name, record in plugin.records.items()
    }


class _Lines:
    """Lowers the lines of one test."""

    def __init__(self, checked: Checked, values: FileValues, records: Mapping[str, Record]) -> None:
        self._tables = checked.tables
        self._scope = values.scope
        self._lower = values.lowering(checked).lower
        self._fill = Filling(values.scope.workspace, records)

    def line(self, line: nodes.TestLine) -> trial.Line:
        match line:
            case nodes.TestAt():
                return trial.At(line.span, str(line.moment.value), self._zone(line.zone))
            case nodes.TestAfter():
                return trial.After(line.span, seconds_of(line.duration, self._scope) or 0.0)
            case nodes.TestGiven():
                return self._given(line)
            case nodes.TestMock():
                return self._mock(line)
            case nodes.TestExpect():
                return self._expect(line)
        raise TypeError("a broken line cannot run")

    def _zone(self, node: nodes.Expr | None) -> str:
        found = constant_of(node, self._scope) if node is not None else None
        return str(found.value) if found is not None else self._scope.workspace.catalogue.zone

    def _data(self, node: nodes.BraceExpr | None) -> ex.MakeRecord:
        found = self._lower(node) if node is not None else ex.MakeRecord(())
        assert isinstance(found, ex.MakeRecord)  # braces
        return found

    def _args(self, args: tuple[nodes.Argument, ...]) -> dict[str, ex.Expr]:
        return {arg.name.text: self._lower(arg.value) for arg in args if arg.name}

    def _given(self, line: nodes.TestGiven) -> trial.Given:
        data = self._data(line.data)
        if line.by_hand is not None:
            params = self._fill.button(str(line.by_hand.value))
            return trial.Given(line.span, self._fill.missing(data, params), rule=str(line.by_hand.value))
        if line.webhook is not None:
            return trial.Given(line.span, self._fill.event(data, WEBHOOK, _NO_REQUEST), f"webhook.{line.webhook.value}")
        assert line.heard is not None  # the only other kind
        ref = self._tables.refs[line.heard.id]
        if not isinstance(ref, TriggerRef):
            name = line.heard.trigger.text
            declared = declared_event(*self._scope.workspace.events[name])
            return trial.Given(line.span, self._fill.event(data, declared, {}), f"event.{name}")
        args = self._args(line.heard.args)
        filled = self._fill.event(
            _with(data, args, ref.spec.payload, self._fill), ref.spec.payload, trigger_example(ref.spec)
        )
        return trial.Given(line.span, filled, f"{ref.plugin}.{ref.spec.name}", ref.connection, args)

    def _mock(self, line: nodes.TestMock) -> trial.Mock:
        value = self._lower(line.value) if line.value is not None else None
        made = trial.Mock(line.span, "approve", line.outcome, value=value)
        if line.agent is not None:
            found = self._tables.refs.get(line.id)
            types = found.types if isinstance(found, AnswerRef) else ()
            return msgspec.structs.replace(made, target=f"ask {line.agent.text}", code=_text(line.fails), types=types)
        if line.tool is None:
            return msgspec.structs.replace(made, question=_text(line.question))
        ref = self._tables.refs[line.tool.id]
        assert isinstance(ref, ActionRef)  # checked without an error
        if value is not None and ref.spec.returns is not None:
            made = msgspec.structs.replace(made, value=self._fill.result(value, ref.spec.returns))
        target = f"{ref.plugin}.{ref.spec.name}"
        return msgspec.structs.replace(
            made, target=target, connection=ref.connection, args=self._args(line.args), code=_text(line.fails)
        )

    def _expect(self, line: nodes.TestExpect) -> trial.Expect:
        text = self._lower(line.text) if line.text is not None else None
        target, args, connection = None, self._args(line.args), None
        if line.tool is not None:
            ref = self._tables.refs[line.tool.id]
            assert isinstance(ref, ActionRef)  # checked without an error
            target, connection = f"{ref.plugin}.{ref.spec.name}", ref.connection
        elif line.event is not None:
            target, args = line.event.text, dict(self._data(line.data).entries)
        elif line.sequence is not None:
            target = str(line.sequence.value)
        return trial.Expect(line.span, line.what, target, args, text, connection)


def _text(node: nodes.Constant | None) -> str | None:
    return None if node is None else str(node.value)


def _with(data: ex.MakeRecord, args: dict[str, ex.Expr], payload: Type, fill: Filling) -> ex.MakeRecord:
    """The data with the arguments of its trigger, each of which is a field of the event."""
    said, fields = {name for name, _ in data.entries}, fill.fields(payload)
    return ex.MakeRecord((*data.entries, *((name, of) for name, of in args.items() if name in fields - said)))
