"""Types as written to types: looks names up, reports those that are none."""

from __future__ import annotations

import msgspec

from treadle.dsl import name_codes, nodes, type_codes
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.parser.habits import TYPES
from treadle.dsl.typesystem import UNKNOWN, Field, ListOf, MapOf, Named, Record, Scalar, Type, optional

SCALARS: dict[str, Type] = {
    kind: Scalar(kind)
    for kind in ("text", "int", "number", "bool", "duration", "date", "time", "datetime", "json", "money")
}


def resolve(node: nodes.TypeNode, file: FileScope, desk: Desk, used: set[str]) -> Type:
    """The type that is written; `used` takes the plugins' names that it needs."""
    match node:
        case nodes.TypeName(name=name):
            found = _named(node, name, file, desk, used)
        case nodes.TypeList(item=item):
            found = ListOf(resolve(item, file, desk, used))
        case nodes.TypeMap(value=value):
            found = MapOf(resolve(value, file, desk, used))
        case nodes.TypeRecord(fields=fields):
            found = Record(tuple(_field(name, of, file, desk, used) for name, of in fields))
            _unique([name for name, _ in fields], desk)
    return optional(found) if node.optional else found


def _field(name: nodes.Ident, type: nodes.TypeNode, file: FileScope, desk: Desk, used: set[str]) -> Field:
    return Field(name.text, resolve(type, file, desk, used))


def _unique(names: list[nodes.Ident], desk: Desk) -> None:
    seen: set[str] = set()
    for name in names:
        if name.text in seen:
            desk.report(type_codes.FIELD_TWICE, name.span, name=name.text)
        seen.add(name.text)


def _named(node: nodes.TypeName, name: str, file: FileScope, desk: Desk, used: set[str]) -> Type:
    alias, dot, short = name.partition(".")
    if not dot:
        if name in SCALARS:
            return SCALARS[name]
        if name not in file.later and not file.leaky:
            _unknown(node, name, file, desk)
        return UNKNOWN
    used.add(alias)
    in_use = file.uses.get(alias)
    if in_use is None:
        if alias in file.workspace.catalogue.plugins:
            notes = (f"write `use {alias}` at the top",)
            span = msgspec.structs.replace(
                node.span, end=node.span.start + len(alias), end_col=node.span.col + len(alias)
            )
            desk.report(name_codes.NOT_IN_USE, span, notes=notes, name=alias)
        elif alias not in file.later and not file.leaky:
            desk.misspelt(name_codes.UNKNOWN_TYPE, node.span, name, _types_in_use(file))
        return UNKNOWN
    if in_use.spec is None:
        return UNKNOWN
    if short in in_use.spec.records:
        return Named(f"{in_use.plugin}.{short}")
    desk.misspelt(name_codes.UNKNOWN_TYPE, node.span, name, _types_in_use(file))
    return UNKNOWN


def _unknown(node: nodes.TypeName, name: str, file: FileScope, desk: Desk) -> None:
    ours = TYPES.get(name.casefold())
    if ours is None and name not in ("list", "array", "map", "object", "dict"):
        desk.misspelt(name_codes.UNKNOWN_TYPE, node.span, name, [*SCALARS, *_types_in_use(file)])
        return
    note = f"did you mean `{ours}`?" if ours else "a list is `[text]`, a map `{text: int}`, a record `{name: text}`"
    fixes = (
        (Fix(f"write `{ours}`", (TextEdit(node.span.start, node.span.end, ours),)),)
        if ours and not node.optional
        else ()
    )
    desk.report(name_codes.UNKNOWN_TYPE, node.span, notes=(note,), fixes=fixes, name=name)


def _types_in_use(file: FileScope) -> list[str]:
    return [f"{alias}.{name}" for alias, each in file.uses.items() if each.spec for name in each.spec.records]
