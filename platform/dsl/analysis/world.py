"""What the catalogue says about effects: which actions cause which events, and what they write."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from treadle.dsl.analysis.facts import Argument
from treadle.dsl.analysis.wording import show
from treadle.dsl.catalogue import ActionSpec, Catalogue, TriggerSpec

_PART = re.compile(r"\{(\w+)\}")
ANEW = ":*"
"""How the entity of an action ends that makes a new one each time."""


class World:
    """Answers from one catalogue, made once for all graphs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._plugins = catalogue.plugins
        self._settable: dict[str, set[str]] = {}
        for plugin in catalogue.plugins.values():
            for action in plugin.actions.values():
                for cause in action.causes if action.writes and not action.adds else ():
                    self._settable.setdefault(cause.trigger, set()).update(cause.carries)

    def action(self, plugin: str, name: str) -> ActionSpec | None:
        """The action, or None when the catalogue has not got it."""
        spec = self._plugins.get(plugin)
        return spec.actions.get(name) if spec else None

    def trigger(self, full: str) -> TriggerSpec | None:
        """The trigger of a full name, or None."""
        plugin, _, name = full.partition(".")
        spec = self._plugins.get(plugin)
        return spec.triggers.get(name) if spec else None

    def settable(self, trigger: str) -> set[str]:
        """The fields of the trigger's events that actions set: those of the entity that it is about."""
        return self._settable.get(trigger, set())


def filled(entity: str, argument: Callable[[str], Argument]) -> str | None:
    """The template with values, or with the paths that they come from; None when one of them is not known."""
    known = {name: _named(argument(name)) for name in _parts(entity)}
    return None if None in known.values() else _PART.sub(lambda part: str(known[part[1]]), entity)


@lru_cache(maxsize=1024)
def _parts(entity: str) -> tuple[str, ...]:
    return tuple(_PART.findall(entity))


def _named(argument: Argument) -> str | None:
    values = argument.domain.values() if argument.domain else None
    if values is not None and len(values) == 1:
        return str(values[0]) if isinstance(values[0], str) else show(values[0])
    return f"<{argument.path}>" if argument.path else None
