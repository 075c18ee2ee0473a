"""Data of which a part is written: the event of a `given`, the result of a `mock`. What is left out is filled later."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import name_codes, nodes, type_codes
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.inference import Inference
from treadle.dsl.typesystem import Field, ListOf, Record, Type, plain, show

LeftOut = Callable[[nodes.BraceExpr, list[Field], Record], None]
"""Told which fields of a record are left out."""


def check_partial(
    inference: Inference, node: nodes.Expr, env: Env, needed: Type, what: str, left_out: LeftOut | None = None
) -> None:
    """Check a value against a type whose fields may be left out; `what` says in words what needs it."""
    record = inference.fit.record(plain(needed))
    match node:
        case nodes.BraceExpr(entries=entries) if record is not None and not any(each.quoted for each in entries):
            inference.tables.types[node.id] = needed
            _record(inference, node, env, record, left_out)
        case nodes.ListExpr(items=items) if isinstance(inner := plain(needed), ListOf):
            inference.tables.types[node.id] = needed
            for item in items:
                check_partial(inference, item, env, inner.item, "An item of this list", left_out)
        case _:
            inference.expect(node, env, needed, what)


def _record(inference: Inference, node: nodes.BraceExpr, env: Env, record: Record, left_out: LeftOut | None) -> None:
    fields = {field.name: field for field in record.fields}
    seen: set[str] = set()
    for entry in node.entries:
        name = entry.key
        if name.text in seen:
            inference.desk.report(type_codes.FIELD_TWICE, name.span, name=name.text)
        seen.add(name.text)
        if name.text in fields:
            check_partial(inference, entry.value, env, fields[name.text].type, f"`{name.text}`", left_out)
        else:
            inference.infer(entry.value, env)
            inference.desk.misspelt(name_codes.UNKNOWN_FIELD, name.span, name.text, list(fields), type=show(record))
    if left_out is not None:
        left_out(node, [field for field in record.fields if field.name not in seen], record)
