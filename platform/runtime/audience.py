"""The rules that hear one trigger of one connection, as one index over their conditions.

Owns when the index is built (at the first event after a change), and what is carried over from the one before: all that
belongs to rules that did not change.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from treadle.dsl.indexing import Prepared, RuleIndex, prepare
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.values import Value
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.step import names_of

if TYPE_CHECKING:
    from treadle.runtime.live import Listener

Heard = tuple["Listener", bool]
"""A rule that an event does not speak against; the flag says whether more than the event decides."""


class Audience:
    """These listeners, at least one. `before` are those that were there until now."""

    def __init__(self, listeners: tuple[Listener, ...], before: Audience | None = None) -> None:
        self.listeners = listeners
        known = before.prepared if before else {}
        keys = dict.fromkeys((each.program, each.name) for each in listeners)
        self.prepared: dict[tuple[Program, str], Prepared] = {
            key: known.get(key) or prepare(key[0].graph, key[0].where, key[1]) for key in keys
        }
        self._with_args = any(each.program.hear_args[each.heard] for each in listeners)

    def adopt(self, listeners: tuple[Listener, ...]) -> bool:
        """Whether these are the same `when` lines of the same rules in the same order, with the same first states of
        their runs; then they are taken for ours.
        """
        mine = [(each.program, each.heard, each.running) for each in self.listeners]
        if mine != [(each.program, each.heard, each.running) for each in listeners]:
            return False
        self.listeners = listeners
        return True

    def hear(self, data: Any, now: datetime) -> list[Heard]:
        """What `on_arrival` says of each rule, but for those that it filters; `data` is plain JSON data."""
        event = self.listeners[0].event(data)
        heard = self._index.decide(event, now)
        return [each for each in heard if _meant(each[0], event, now)] if self._with_args else heard

    @cached_property
    def _index(self) -> RuleIndex[Heard]:
        rules = [self.prepared[each.program, each.name] for each in self.listeners]
        pairs = zip(self.listeners, rules, strict=True)
        return RuleIndex(rules, [(each, each.decides_later or rule.loads) for each, rule in pairs])


def _meant(listener: Listener, event: Value, now: datetime) -> bool:
    """Whether the event is one that the `when` line's arguments ask for."""
    scope = listener.program.scope(names_of(listener.name, event, now))
    try:
        return all(event.get(name) == value(scope) for name, value in listener.program.hear_args[listener.heard])
    except EvaluationError:
        return False
