"""A replayed world in which people switch rules and start runs by hand, at the times at which they did.

Owns how that comes about in it; when it does, `orders` knows. Its chance and its wall clock are those of `machine`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from treadle.dsl import values
from treadle.runtime.backtest.machine import VirtualMachine
from treadle.runtime.backtest.past import PastStart
from treadle.runtime.byhand import StartInvalid, given
from treadle.runtime.connections import Connected
from treadle.runtime.firing import Timetable
from treadle.runtime.starting import run_of
from treadle.runtime.switching import RuleUnknown, SaysOtherwise, State, stop_runs, switch
from treadle.runtime.system import system
from treadle.runtime.virtual import World


class OrderedWorld(World):
    """`off` are the rules that are switched off now."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        """See `World`."""
        super().__init__(*args, **settings)
        self.off: frozenset[str] = frozenset()
        self._machine = VirtualMachine(self.clock.now)

    @contextmanager
    def _at_its_time(self) -> Iterator[None]:
        token = system.set(self._machine)
        try:
            yield
        finally:
            system.reset(token)

    async def switch(self, rule: str, to: State) -> None:
        """Somebody switches the rule now; where there is none, and where its text says otherwise, nothing happens.
        Raises `virtual.Endless`.
        """
        with self._at_its_time(), suppress(RuleUnknown, SaysOtherwise):
            await switch(self.store, self.rules, rule, to)
            await self.rules.refresh()
            self._timetable = Timetable(self.rules.programs(), self.rules)
            self.off = frozenset(name for name, state in self.rules.switches.items() if state == "off")
            if to == "off":
                await stop_runs(self.store, rule)
            await self.settle()

    async def started(self, start: PastStart) -> str | None:
        """Somebody starts a run now; why it is not started, where the parameters are others. There may be no such rule.
        Raises `virtual.Endless`.
        """
        program = self._programs.get((start.kind, start.run.rule))
        if program is None or program.graph.off:
            return None
        try:
            args = given(program, values.decode(start.args) if start.args else {})
        except StartInvalid as invalid:
            return str(invalid)
        with self._at_its_time():
            await self.store.start([run_of(program, args, rehearse=self.rules.rehearses(program.graph))])
            await self.settle()
        return None

    def hearing(self, trigger: str, connected: Connected | None) -> set[str]:
        """The rules that hear of this trigger, or would if they were not switched off."""
        found = self.rules.listeners(trigger, connected) + self.rules.switched_off(trigger, connected)
        return {each.rule for each in found}
