"""Example values that the catalogue knows for a type: those that plugins give with their triggers."""

from __future__ import annotations

import msgspec

from treadle.dsl.catalogue import Catalogue, TriggerSpec
from treadle.dsl.typesystem import Named, Record
from treadle.dsl.values import Value, decode


def example_of(catalogue: Catalogue, record: Record) -> dict[str, Value]:
    """Plain data of an event that brings such a record, by field; empty when there is none."""
    plugin = catalogue.plugins.get((record.name or "").partition(".")[0])
    for trigger in plugin.triggers.values() if plugin else ():
        if trigger.payload in (Named(record.name or ""), record) and (found := trigger_example(trigger)):
            return found
    return {}


def trigger_example(trigger: TriggerSpec) -> dict[str, Value]:
    """The data of a trigger's example, by field."""
    try:
        found = decode(bytes(trigger.example))
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
