"""What each node means for the thread that stands at it. Owns one method a kind of node; the walk is `step`'s."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from treadle.dsl import graph as g
from treadle.dsl.operations import clock
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import (
    Act,
    CancelRun,
    DoAsk,
    DoCall,
    DoEnd,
    Effect,
    EmitEvent,
    Forget,
    Listen,
    OpenApproval,
    Record,
    StartRun,
)
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import Fork, Frame, Rest
from treadle.runtime.machine.threads import Place, Threads
from treadle.runtime.windows import opens_at

LONGEST_WAIT = timedelta(days=365)
EARLY = timedelta(milliseconds=50)
"""A time that is so near has come: clocks of two machines differ by more."""
MOST_ITEMS = 10_000
"""Items that one `for each` may go through."""


class End(msgspec.Struct, frozen=True):
    """The run ends here."""

    end: DoEnd


class Strayed(Exception):
    """A step fails for a reason that is no expression's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Passing:
    """Lets threads pass nodes, and gathers the records and effects of it."""

    def __init__(
        self,
        program: Program,
        threads: Threads,
        records: list[Record],
        effects: list[Effect],
        now: datetime | None,
        spread: float,
        sequences: Callable[[str], Any] | None,
    ) -> None:
        self._program = program
        self._threads = threads
        self._records = records
        self._effects = effects
        self._present = now
        self._spread = spread
        self._sequences = sequences

    @staticmethod
    def verb(node: g.Node) -> str:
        """How the history calls a step of this node."""
        match node:
            case g.Call():
                return f"{node.plugin}.{node.action}"
            case g.Ask():
                return f"ask {node.agent}"
            case g.Assign():
                return "let"
            case g.Branch():
                return "if" if node.subject is None else "match"
            case _:
                return str(node.__struct_config__.tag)

    def node(self, place: Place, node: g.Node) -> Act | End | bool | None:
        """None when it was passed, True when the thread rests. Raises `EvaluationError` and `Strayed`."""
        match node:
            case g.Call() | g.Ask():
                if self._shut(place):
                    return True
                made = DoCall if isinstance(node, g.Call) else DoAsk
                return made(node, self._args(place, node), place.number)  # type: ignore[arg-type]
            case g.Assign():
                value = self._single(place, node)
                place.give(node.name, value)
                self._passed(place, node, output=value)
            case g.Branch():
                self._branch(place, node)
            case g.Log():
                self._passed(place, node, input=self._single(place, node))
            case g.Try():
                place.enter(Frame(node.id), node.body)
            case _:
                return self._waiting(place, node)
        return None

    def _waiting(self, place: Place, node: g.Node) -> End | bool | None:
        match node:
            case g.Wait() | g.WaitUntil():
                return self._wait(place, node)
            case g.WaitFor():
                return self._wait_for(place, node)
            case g.Approve():
                return self._shut(place) or self._approve(place, node)
            case g.ForEach() | g.Together():
                self._fork(place, node)
                return None
            case g.Stop():
                self._passed(place, node)
                return End(DoEnd("done"))
            case g.Return():
                value = self._single(place, node)
                self._passed(place, node, output=value)
                return End(DoEnd("done", value=value))
            case g.Fail():
                raise Strayed("failed", str(self._single(place, node)))
            case _:
                return self._sending(place, node)

    def _sending(self, place: Place, node: g.Node) -> bool | None:
        match node:
            case g.Start() | g.Run():
                return self._start(place, node)
            case g.Emit():
                if self._shut(place):
                    return True
                data = self._args(place, node)
                if not self._threads.rehearse:
                    self._effects.append(EmitEvent(node.event, data))
                self._passed(place, node, input={"event": node.event, "data": data})
            case g.Cancel():
                key = self._single(place, node)
                if not self._threads.rehearse:
                    self._effects.append(CancelRun(node.sequence, key))
                self._passed(place, node, input={"sequence": node.sequence, "key": key})
        return None

    # --- expressions and records ------------------------------------------------------------------------------------

    def _scope(self, place: Place) -> Scope:
        return self._program.scope(place.names)

    def _single(self, place: Place, node: g.Node) -> Value:
        return self._program.single[node.id](self._scope(place))

    def _args(self, place: Place, node: g.Node) -> dict[str, Value]:
        scope = self._scope(place)
        if place.attempt is not None and place.attempt.now is not None:  # what is sent again is what was sent
            scope = self._program.scope({**place.names, "now": place.attempt.now})
        return {name: evaluate(scope) for name, evaluate in self._program.args[node.id]}

    def _passed(self, place: Place, node: g.Node, *, input: Value = None, output: Value = None) -> None:
        self._records.append(Record(node=node.id, what=self.verb(node), input=input, output=output))
        place.at = node.next

    def _branch(self, place: Place, node: g.Branch) -> None:
        scope = self._scope(place)
        otherwise = node.otherwise if node.otherwise is not None else node.next
        arms = self._program.arms[node.id]
        place.at = next((to for test, to in arms if test(scope) is True), otherwise)
        self._records.append(Record(node=node.id, what=self.verb(node), output=place.at))

    @property
    def _now(self) -> datetime:
        assert self._present is not None, "a run that waits knows the time"
        return self._present

    # --- time ---------------------------------------------------------------------------------------------------------

    def _shut(self, place: Place) -> bool:
        """Whether the window is shut; then the thread rests until it opens. A call that is open goes on."""
        during = self._program.graph.during
        if during is None or place.attempt is not None:
            return False
        zone = self._program.zone
        if self._program.zone_of_window is not None:
            zone = str(self._program.zone_of_window(self._scope(place)) or zone)
        calendar = self._program.graph.calendars.get(during.calendar or "")
        opens = opens_at(during, zone, calendar, self._now, self._spread)
        if opens is not None:
            place.rest = Rest("window", opens)
        return opens is not None

    def _wait(self, place: Place, node: g.Wait | g.WaitUntil) -> bool | None:
        given = self._single(place, node)
        duration = given if isinstance(node, g.Wait) else clock.instant(given) - clock.instant(self._now)
        until = self._after(duration)
        self._passed(place, node, input=given)
        if duration <= timedelta():
            return None
        place.rest = Rest("sleep", until)
        return True

    def _after(self, duration: timedelta) -> datetime:
        if duration > LONGEST_WAIT:
            raise EvaluationError("limit", f"a wait lasts at most {LONGEST_WAIT.days} days")
        return self._now + duration

    def wake(self, place: Place) -> bool:
        """Whether the thread goes on because its time has come."""
        rest = place.rest
        if rest is None or rest.until is None or clock.instant(rest.until) - clock.instant(self._now) > EARLY:
            return False
        place.rest = None
        if rest.slot is not None:
            self._timed_out(place, rest.slot)
        return True

    def _timed_out(self, place: Place, slot: str) -> None:
        node = self._threads.graph.nodes[str(place.at)]
        assert isinstance(node, g.WaitFor | g.Approve), "only these have a time to wait for an answer"
        self._effects.append(Forget(slot))
        name = node.hear.name if isinstance(node, g.WaitFor) else node.name
        if name is not None:
            place.give(name, None)
        self._passed(place, node, output="timeout")
        if node.on_timeout is not None:
            place.enter(Frame(node.id, "timeout"), node.on_timeout)

    # --- answers from elsewhere ---------------------------------------------------------------------------------------

    def _slot(self) -> str:
        return f"s{self._threads.number()}"

    def _wait_for(self, place: Place, node: g.WaitFor) -> bool:
        until = self._after(self._single(place, node))
        ear, slot = self._program.ears[node.id], self._slot()
        value = ear.key(self._scope(place)) if ear.key is not None else None
        self._effects.append(Listen(slot=slot, hear=node.hear, path=ear.path, value=value))
        place.rest = Rest("event", until, slot)
        return True

    def _approve(self, place: Place, node: g.Approve) -> bool | None:
        args = self._args(place, node)
        question, by, until = str(args["question"]), str(args["by"]), self._after(args["up_to"])
        if self._threads.rehearse:
            if node.name is not None:
                place.give(node.name, True)
            self._passed(place, node, input={"question": question, "by": by}, output=True)
            return None
        slot = self._slot()
        self._effects.append(OpenApproval(node=node.id, slot=slot, question=question, by=by, until=until))
        place.rest = Rest("approval", until, slot)
        return True

    def _start(self, place: Place, node: g.Start | g.Run) -> bool | None:
        args = self._args(place, node)
        if self._sequences is not None and self._sequences(node.sequence) is None:
            raise Strayed("no_sequence", f"there is no live sequence {quote(node.sequence)}")
        slot = self._slot() if isinstance(node, g.Run) else None
        self._effects.append(StartRun(node.sequence, args, len(self._records), slot))
        at = place.at
        self._passed(place, node, input=args)
        if slot is None:
            return None
        place.at, place.rest = at, Rest("run", None, slot)
        return True

    # --- threads ------------------------------------------------------------------------------------------------------

    def _fork(self, place: Place, node: g.ForEach | g.Together) -> None:
        if isinstance(node, g.Together):
            place.fork = Fork(len(node.branches))
            return
        items = self._single(place, node)
        if not isinstance(items, list):
            raise EvaluationError("mismatch", f"for each goes through a list, not {quote(items)}")
        if len(items) > MOST_ITEMS:
            raise EvaluationError("limit", f"for each goes through {MOST_ITEMS:,} items at most, not {len(items):,}")
        place.items = items
        place.fork = Fork(len(items), self._present)
        self._records.append(Record(node=node.id, what="for_each", input=len(items)))

    def join(self, place: Place) -> bool:
        """Start the children that may start now; True when there are none left and the thread goes on."""
        node, fork = self._threads.graph.nodes[str(place.at)], place.fork
        assert fork is not None
        living = self._threads.children(place)
        at_once = node.at_once if isinstance(node, g.ForEach) else fork.count
        while fork.failed is None and fork.next < fork.count and living < at_once:
            self._spawn(place, node, fork.next)
            fork = replace(fork, next=fork.next + 1)
            living += 1
        place.fork = fork
        if living:
            return False
        place.fork, place.items = None, None
        place.at, place.trouble = node.next, fork.failed
        return True

    def _spawn(self, place: Place, node: g.Node, number: int) -> None:
        if isinstance(node, g.Together):
            self._threads.spawn(place, node.branches[number], {})
        elif isinstance(node, g.ForEach):
            self._threads.spawn(place, node.body, {node.name: self._items(place, node)[number]})

    def _items(self, place: Place, node: g.ForEach) -> list[Value]:
        """The list, computed again as it was when the loop began."""
        if place.items is None:
            assert place.fork is not None
            items = self._program.single[node.id](self._program.scope({**place.names, "now": place.fork.now}))
            place.items = items if isinstance(items, list) else []
        return place.items
