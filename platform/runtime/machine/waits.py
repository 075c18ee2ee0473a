"""Nodes that a thread rests at: for time, for an event, for a person, for another run. Owns what wakes it by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from treadle.dsl import graph as g
from treadle.dsl.operations import clock
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.runtime.machine.decisions import Forget, Listen, OpenApproval, StartRun
from treadle.runtime.machine.passing import Passed, Strayed
from treadle.runtime.machine.state import Frame, Rest
from treadle.runtime.machine.threads import Place
from treadle.runtime.machine.windows import Windowed

LONGEST_WAIT = timedelta(days=365)
EARLY = timedelta(milliseconds=50)
"""A time that is so near has come: clocks of two machines differ by more."""


class Waiting(Windowed):
    """See `Passing`."""

    __slots__ = ()

    # --- time ---------------------------------------------------------------------------------------------------------

    def wait(self, place: Place, node: g.Wait | g.WaitUntil) -> Passed:
        """A durable sleep; a moment that has passed is not waited for."""
        given = self.single(place, node)
        duration = given if isinstance(node, g.Wait) else clock.instant(given) - clock.instant(self.present)
        until = self._after(duration)
        self.passed(place, node, input=given)
        if duration <= timedelta():
            return None
        place.rest = Rest("sleep", until)
        return True

    def _after(self, duration: timedelta) -> datetime:
        if duration > LONGEST_WAIT:
            raise EvaluationError("limit", f"a wait lasts at most {LONGEST_WAIT.days} days")
        return self.present + duration

    def wake(self, place: Place) -> bool:
        """Whether the thread goes on because its time has come."""
        rest = place.rest
        if rest is None or rest.until is None or clock.instant(rest.until) - clock.instant(self.present) > EARLY:
            return False
        place.rest = None
        if rest.slot is not None:
            self._timed_out(place, rest.slot)
        return True

    def _timed_out(self, place: Place, slot: str) -> None:
        node = self.threads.graph.nodes[str(place.at)]
        assert isinstance(node, g.WaitFor | g.Approve), "only these have a time to wait for an answer"
        self.effects.append(Forget(slot))
        name = node.hear.name if isinstance(node, g.WaitFor) else node.name
        if name is not None:
            place.give(name, None)
        self.passed(place, node, output="timeout")
        if node.on_timeout is not None:
            place.enter(Frame(node.id, "timeout"), node.on_timeout)

    # --- answers ------------------------------------------------------------------------------------------------------

    def _slot(self) -> str:
        return f"s{self.threads.number()}"

    def wait_for(self, place: Place, node: g.WaitFor) -> Passed:
        """Until an event comes, or the time is over."""
        until = self._after(self.single(place, node))
        ear, slot = self.program.ears[node.id], self._slot()
        value = ear.key(self.scope(place)) if ear.key is not None else None
        self.effects.append(Listen(slot=slot, hear=node.hear, path=ear.path, value=value))
        place.rest = Rest("event", until, slot)
        return True

    def approve(self, place: Place, node: g.Approve) -> Passed:
        """Until a person decides, or the time is over. In a rehearsal everybody agrees."""
        if self.shut(place):
            return True
        args = self.args(place, node)
        question, by, until = str(args["question"]), str(args["by"]), self._after(args["up_to"])
        if self.threads.rehearse:
            if node.name is not None:
                place.give(node.name, True)
            self.passed(place, node, input={"question": question, "by": by}, output=True)
            return None
        slot = self._slot()
        self.effects.append(OpenApproval(node=node.id, slot=slot, question=question, by=by, until=until))
        place.rest = Rest("approval", until, slot)
        return True

    def start(self, place: Place, node: g.Start | g.Run) -> Passed:
        """Another run starts with the step; `run` waits for what it returns. A sequence that is off is passed over."""
        args = self.args(place, node)
        if self._sleeps(node.sequence):
            if isinstance(node, g.Run) and node.name is not None:
                place.give(node.name, None)
            self.passed(place, node, output="off")
            return None
        slot = self._slot() if isinstance(node, g.Run) else None
        self.effects.append(StartRun(node.sequence, args, len(self.records), slot))
        at = place.at
        self.passed(place, node, input=args)
        if slot is None:
            return None
        place.at, place.rest = at, Rest("run", None, slot)
        return True

    def _sleeps(self, sequence: str) -> bool:
        """Whether a sequence is off: it is not started, and returns nothing."""
        if self.sequences is None:
            return False
        if (program := self.sequences(sequence)) is None:
            raise Strayed("no_sequence", f"there is no live sequence {quote(sequence)}")
        return program.graph.off
