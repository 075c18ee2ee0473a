"""Events of one's own that are put in from outside. Owns the check against the fields that `event NAME` declares."""

from __future__ import annotations

from typing import Any

from treadle.dsl import values
from treadle.dsl.spelling import suggest
from treadle.runtime.live import LiveRules
from treadle.runtime.plaindata import misfit


class EventInvalid(Exception):
    """An event that somebody put in does not fit its trigger; the message says where."""


def own_event(live: LiveRules, trigger: str, data: Any) -> bytes:
    """The JSON of an event `event.NAME` with these plain JSON data. Raises `EventInvalid`."""
    declared = live.events.get(trigger.removeprefix("event."))
    if declared is None:
        raise EventInvalid(f"no live file declares {trigger!r}; {_near(live, trigger)}")
    if not isinstance(data, dict):
        raise EventInvalid(f"{trigger}: the data have to be an object")
    fields = {each.name: each.type for each in declared.fields}
    for name in data:
        if name not in fields:
            raise EventInvalid(f"{trigger} has no field {name!r}; it has {', '.join(fields) or 'none'}")
    for name, declared_type in fields.items():
        if (wrong := misfit(data.get(name), declared_type, {})) is not None:
            raise EventInvalid(f"{trigger}: {name} {wrong}")
    return values.encode({name: data.get(name) for name in fields})


def _near(live: LiveRules, trigger: str) -> str:
    known = [f"event.{name}" for name in live.events]
    near = suggest(trigger, known)
    return f"did you mean {near!r}?" if near else f"there are {', '.join(known) or 'none'}"
