"""From a plugin's Python declarations to the catalogue that the language reads.

Owns the one mapping of Python types to types of the language. A Struct becomes a record of the plugin
(`kommo.Lead`), its fields' `msgspec.Meta(description=...)` their docs.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from treadle.dsl import typesystem as ts
from treadle.dsl import values
from treadle.dsl.catalogue import ActionSpec, Cause, Param, PluginSpec, Shape, TriggerSpec
from treadle.sdk.action import Action, Pick
from treadle.sdk.models import Models
from treadle.sdk.plugin import Plugin
from treadle.sdk.trigger import Trigger

_SCALARS: dict[Any, ts.Type] = {
    str: ts.TEXT,
    int: ts.INT,
    float: ts.NUMBER,
    Decimal: ts.NUMBER,
    bool: ts.BOOL,
    timedelta: ts.DURATION,
    date: ts.DATE,
    time: ts.TIME,
    datetime: ts.DATETIME,
    Any: ts.JSON,
    object: ts.JSON,
}

not_carried = msgspec.Meta(extra={"carried": False})
"""`Annotated[int | None, not_carried]`: deliveries do not bring this field, `Trigger.load` reads it."""


def plugin_spec(plugin: Plugin) -> PluginSpec:
    """What the plugin adds to the language. Raises `TypeError` naming the place of a type that has no counterpart."""
    mapper = _Mapper(plugin)
    triggers = {name: mapper.trigger(trigger) for name, trigger in plugin.triggers.items()}
    actions = {name: mapper.action(action) for name, action in plugin.actions.items()}
    for struct in plugin.types.values():
        mapper.type_of(struct, struct.__name__)
    return PluginSpec(
        name=plugin.name,
        doc=inspect.cleandoc(plugin.doc),
        triggers=triggers,
        actions=actions,
        records=mapper.records,
        connects=bool(plugin.connections),
        asks=_asked(plugin.models),
        shapes=mapper.shapes,
        examples={name: msgspec.Raw(values.encode(each)) for name, each in mapper.examples.items()},
    )


class _Mapper:
    """Carries the records met on the way, and the shapes that only the account knows."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin.name
        self.records: dict[str, ts.Record] = {}
        self.shapes: dict[str, Shape] = {}
        self.examples: dict[str, dict[str, Any]] = {}
        self._heard: set[type[Any]] = set()

    def trigger(self, trigger: type[Trigger[Any, Any]]) -> TriggerSpec:
        payload = self.type_of(trigger.payload, trigger.__name__)
        example = {**_defaults(trigger.payload), **trigger.example}
        if trigger.payload not in self._heard:  # of several triggers with one payload the first gives the example
            self.examples[trigger.payload.__name__] = example
        self._heard.add(trigger.payload)
        return TriggerSpec(
            name=trigger.name,
            doc=inspect.cleandoc(trigger.__doc__ or ""),
            payload=payload,
            params=self._matched(trigger),
            entity=trigger.entity,
            example=msgspec.Raw(values.encode(example)),
        )

    def _matched(self, trigger: type[Trigger[Any, Any]]) -> tuple[Param, ...]:
        hints = get_type_hints(trigger.payload, include_extras=True) if trigger.params else {}
        return tuple(self._param(name, hints[name], trigger.name, required=True) for name in trigger.params)

    def action(self, action: Action) -> ActionSpec:
        hints = get_type_hints(action.call, include_extras=True)
        returned = hints.get("return")
        if shape := _shape(returned):
            self.shapes[action.name] = shape
        returns = None if returned in (None, type(None)) else self.type_of(returned, action.name)
        if action.cost is not None and action.cost.field is not None and not self._counts(returns, action.cost.field):
            raise TypeError(
                f"{self.plugin}.{action.name}: the result has no number {action.cost.field!r} to be its cost"
            )
        parameters = list(inspect.signature(action.call).parameters.values())[1:]
        return ActionSpec(
            name=action.name,
            doc=inspect.cleandoc(action.doc),
            params=tuple(
                self._param(each.name, hints[each.name], action.name, required=each.default is each.empty)
                for each in parameters
            ),
            returns=returns,
            effect=action.effect,
            reads=action.reads,
            messages=action.messages,
            causes=tuple(Cause(f"{self.plugin}.{each.trigger.name}", each.carries) for each in action.causes),
            timeout=action.timeout,
            writes=action.writes,
            adds=action.adds,
            example=msgspec.Raw(values.encode(action.example)),
            cost=action.cost,
        )

    def _counts(self, found: ts.Type | None, path: str) -> bool:
        """Whether a number may stand there; in data without a schema it may."""
        for name in path.split("."):
            holder = ts.plain(found) if found is not None else None
            if holder == ts.JSON:
                return True
            record = self.records.get(holder.name.partition(".")[2]) if isinstance(holder, ts.Named) else None
            found = next((each.type for each in record.fields if each.name == name), None) if record else None
        return found is not None and ts.plain(found) in (ts.NUMBER, ts.INT, ts.MONEY, ts.JSON)

    def _param(self, name: str, hint: Any, where: str, *, required: bool) -> Param:
        pick = next((each for each in _extras(hint) if isinstance(each, Pick)), Pick(""))
        return Param(
            name=name,
            type=self.type_of(hint, f"{where}({name})"),
            doc=next((each.description for each in _extras(hint) if getattr(each, "description", None)), ""),
            required=required,
            pick=pick.kind or None,
            within=pick.within,
            tail=pick.tail,
        )

    def type_of(self, hint: Any, where: str) -> ts.Type:
        """The language's type of a Python annotation."""
        if hint in _SCALARS:
            return _SCALARS[hint]
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self._record(hint)
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.type_of(args[0], where)
        if origin in (Union, types.UnionType):
            return self._union(args, where)
        if origin in (list, tuple, Sequence):
            return ts.ListOf(self.type_of(args[0], where))
        if origin in (dict, Mapping) and args[0] is str:
            return ts.MapOf(self.type_of(args[1], where))
        raise TypeError(f"{self.plugin}.{where}: {hint!r} has no counterpart in the language")

    def _union(self, args: tuple[Any, ...], where: str) -> ts.Type:
        rest = [arg for arg in args if arg is not type(None)]
        inner = self.type_of(rest[0], where) if len(rest) == 1 else ts.JSON
        return ts.optional(inner) if len(rest) < len(args) else inner

    def _record(self, struct: type[msgspec.Struct]) -> ts.Type:
        name = struct.__name__
        if name not in self.records:
            self.records[name] = ts.Record((), f"{self.plugin}.{name}")  # a type may mention itself
            hints = get_type_hints(struct, include_extras=True)
            fields = tuple(self._field(each.name, hints[each.name], name) for each in msgspec.structs.fields(struct))
            self.records[name] = ts.Record(fields, f"{self.plugin}.{name}")
            self.examples[name] = _defaults(struct)
        return ts.Named(f"{self.plugin}.{name}")

    def _field(self, name: str, hint: Any, where: str) -> ts.Field:
        metas = [each for each in _extras(hint) if isinstance(each, msgspec.Meta)]
        doc = next((each.description for each in metas if each.description), "")
        carried = all((each.extra or {}).get("carried", True) for each in metas)
        if shape := _shape(hint):
            self.shapes[f"{where}.{name}"] = shape
        return ts.Field(name, self.type_of(hint, f"{where}.{name}"), doc, carried)


def _asked(models: Models | None) -> Param | None:
    if models is None:
        return None
    pick = models.names or Pick("")
    return Param("model", ts.TEXT, pick=pick.kind or None, within=pick.within, tail=pick.tail)


def _defaults(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields that are something unless a value is given. What a function makes may be another each time."""
    found = {each.name: _default(each) for each in msgspec.structs.fields(struct)}
    return {name: value for name, value in found.items() if value is not None}


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory in (list, dict):
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _extras(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _shape(hint: Any) -> Shape | None:
    return next((Shape(each.kind, each.within) for each in _extras(hint) if isinstance(each, Pick)), None)
