"""Example values that the catalogue knows for a type: those that plugins give with their triggers."""

from __future__ import annotations

import msgspec

from treadle.dsl.catalogue import Catalogue, TriggerSpec
from treadle.dsl.typesystem import Named, Record
from treadle.dsl.values import Value, decode


def example_of(catalogue: Catalogue, record: Record) -> dict[str, Value]:
    """Plain data of such a record, or of an event that brings one, by field; empty when there is none."""
    name, _, short = (record.name or "").partition(".")
    plugin = catalogue.plugins.get(name)
    if plugin and short in plugin.examples:
        return _fields(plugin.examples[short])
    for trigger in plugin.triggers.values() if plugin else ():
        if trigger.payload in (Named(record.name or ""), record) and (found := trigger_example(trigger)):
            return found
    return {}


def trigger_example(trigger: TriggerSpec) -> dict[str, Value]:
    """The data of a trigger's example, by field."""
    return _fields(trigger.example)


def _fields(example: msgspec.Raw) -> dict[str, Value]:
    try:
        found = decode(bytes(example))
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
