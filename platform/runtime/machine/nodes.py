"""Nodes that are passed at once, or act, or end the run. Owns one method a kind of node."""

from __future__ import annotations

from treadle.dsl import graph as g
from treadle.runtime.machine.decisions import CancelRun, DoCall, DoEnd, EmitEvent, Record
from treadle.runtime.machine.passing import End, Passed, Strayed, verb
from treadle.runtime.machine.state import Frame
from treadle.runtime.machine.threads import Place
from treadle.runtime.machine.windows import Windowed


class Simple(Windowed):
    """See `Passing`."""

    __slots__ = ()

    def call(self, place: Place, node: g.Call) -> Passed:
        """An action is to be called."""
        return self.shut(place) or DoCall(node, self.args(place, node), place.number)

    def assign(self, place: Place, node: g.Assign) -> Passed:
        """A name gets its value."""
        value = self.single(place, node)
        place.give(node.name, value)
        self.passed(place, node, output=value)
        return None

    def branch(self, place: Place, node: g.Branch) -> Passed:
        """The first arm whose test holds."""
        scope = self.scope(place)
        otherwise = node.otherwise if node.otherwise is not None else node.next
        place.at = next((to for test, to in self.program.arms[node.id] if test(scope) is True), otherwise)
        self.records.append(Record(node=node.id, what=verb(node), output=place.at))
        return None

    def log(self, place: Place, node: g.Log) -> Passed:
        """A line in the history."""
        self.passed(place, node, input=self.single(place, node))
        return None

    def try_(self, place: Place, node: g.Try) -> Passed:
        """Into the block whose failures are caught."""
        place.enter(Frame(node.id), node.body)
        return None

    def emit(self, place: Place, node: g.Emit) -> Passed:
        """An event of one's own is sent with the step."""
        if self.shut(place):
            return True
        data = self.args(place, node)
        if not self.threads.rehearse:
            self.effects.append(EmitEvent(node.event, data))
        self.passed(place, node, input={"event": node.event, "data": data})
        return None

    def cancel(self, place: Place, node: g.Cancel) -> Passed:
        """A live run is ended with the step."""
        key = self.single(place, node)
        if not self.threads.rehearse:
            self.effects.append(CancelRun(node.sequence, key))
        self.passed(place, node, input={"sequence": node.sequence, "key": key})
        return None

    def stop(self, place: Place, node: g.Stop) -> Passed:
        """The run ends well."""
        self.passed(place, node)
        return End(DoEnd("done"))

    def return_(self, place: Place, node: g.Return) -> Passed:
        """The run ends well, with a value."""
        value = self.single(place, node)
        self.passed(place, node, output=value)
        return End(DoEnd("done", value=value))

    def fail(self, place: Place, node: g.Fail) -> Passed:
        """The step fails, as it was told."""
        raise Strayed("failed", str(self.single(place, node)))
