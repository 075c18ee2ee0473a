"""Types of constants, lists, records, maps and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import name_codes, nodes
from treadle.dsl import type_codes as codes
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import PRINTABLE, is_kind
from treadle.dsl.typesystem import (
    JSON,
    UNKNOWN,
    Field,
    ListOf,
    MapOf,
    Optional,
    Record,
    Scalar,
    Type,
    Unknown,
    plain,
    show,
)

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference


def constant(inference: Inference, node: nodes.Constant, env: Env, hint: Type | None) -> Type:
    """A literal."""
    return Scalar(node.kind)


def a_list(inference: Inference, node: nodes.ListExpr, env: Env, hint: Type | None) -> Type:
    """`[a, b]`: against the item type that is needed, or with the type that all items have in common."""
    wanted = plain(hint) if hint else None
    if isinstance(wanted, ListOf):
        for item in node.items:
            actual = inference.infer(item, env, wanted.item)
            if wanted.item != JSON:
                inference.meet(item, actual, wanted.item, "An item of this list")
        return wanted
    if wanted == JSON:
        for item in node.items:
            inference.infer(item, env, JSON)
        return ListOf(JSON)
    return ListOf(_common(inference, node.items, env, "The items of a list"))


def _common(inference: Inference, items: tuple[nodes.Expr, ...], env: Env, what: str) -> Type:
    common: Type = UNKNOWN
    for item in items:
        actual = inference.infer(item, env)
        joined = inference.fit.join(common, actual)
        if joined is None:
            inference.desk.report(codes.NOTHING_IN_COMMON, item.span, what=what, left=show(common), right=show(actual))
            return UNKNOWN
        common = joined
    return common


def braces(inference: Inference, node: nodes.BraceExpr, env: Env, hint: Type | None) -> Type:
    """`{a: 1}`, a record, or `{"a": 1}`, a map."""
    _unique(inference, node)
    wanted = plain(hint) if hint else None
    if isinstance(wanted, MapOf):
        for entry in node.entries:
            actual = inference.infer(entry.value, env, wanted.value)
            if wanted.value != JSON:
                inference.meet(entry.value, actual, wanted.value, f"`{entry.key.text}`")
        return wanted
    if any(entry.quoted for entry in node.entries):
        items = tuple(entry.value for entry in node.entries)
        if wanted == JSON:
            for item in items:
                inference.infer(item, env, JSON)
            return MapOf(JSON)
        return MapOf(_common(inference, items, env, "The values of a map"))
    return _record(inference, node, env, inference.fit.record(wanted) if wanted else None, hint)


def _unique(inference: Inference, node: nodes.BraceExpr) -> None:
    seen: set[str] = set()
    for entry in node.entries:
        if entry.key.text in seen:
            inference.desk.report(codes.FIELD_TWICE, entry.key.span, name=entry.key.text)
        seen.add(entry.key.text)


def _record(inference: Inference, node: nodes.BraceExpr, env: Env, wanted: Record | None, hint: Type | None) -> Type:
    if wanted is None:
        inner = JSON if hint and plain(hint) == JSON else None
        return Record(tuple(Field(each.key.text, inference.infer(each.value, env, inner)) for each in node.entries))
    fields = {field.name: field for field in wanted.fields}
    title = show(wanted)
    for entry in node.entries:
        field = fields.pop(entry.key.text, None)
        if field is None:
            inference.infer(entry.value, env)
            known = [each.name for each in wanted.fields]
            inference.desk.misspelt(name_codes.UNKNOWN_FIELD, entry.key.span, entry.key.text, known, type=title)
        else:
            inference.expect(entry.value, env, field.type, f"`{field.name}`")
    for field in fields.values():
        if not isinstance(field.type, Optional | Unknown):
            inference.desk.report(codes.MISSING_ARGUMENT, node.span, callee=title, name=field.name)
    return hint or wanted


def text(inference: Inference, node: nodes.TextExpr, env: Env, hint: Type | None) -> Type:
    """A text with values in it; each must be there and have a text form."""
    for part in node.parts:
        if isinstance(part, str):
            continue
        actual = inference.needs(part, env)
        if isinstance(actual, Unknown) or is_kind(actual, *PRINTABLE):
            continue
        notes: tuple[str, ...] = ("write `join(...)`",) if isinstance(actual, ListOf) else ()
        if actual == JSON:
            notes = (f"write `text({inference.written(part)})`",)
        inference.desk.report(codes.NO_TEXT_FORM, part.span, notes=notes, actual=show(actual))
    return Scalar("text")
