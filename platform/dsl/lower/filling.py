"""Fills what a test leaves out: from the plugin's examples; else lists and maps are empty, all other fields missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import nodes
from treadle.dsl.checker.examples import example_of
from treadle.dsl.checker.scopes import Workspace
from treadle.dsl.checker.trials import button_params
from treadle.dsl.lower.constants import literal
from treadle.dsl.typesystem import Field, ListOf, MapOf, Optional, Record, Type, plain
from treadle.dsl.values import Value, revive

MISSING = ex.Lit(None, "missing")
_EMPTY: dict[type, ex.Expr] = {ListOf: ex.MakeList(()), MapOf: ex.MakeRecord(())}


class Filling:
    """Works on lowered data. `records` are those of all plugins, by full name."""

    def __init__(self, workspace: Workspace, records: Mapping[str, Record]) -> None:
        self._workspace = workspace
        self._records = records

    def event(self, data: ex.MakeRecord, payload: Type, example: Mapping[str, Value]) -> ex.Expr:
        """The data of an event: fields that are left out are those of the example."""
        return self._filled(data, payload, example, all_fields=True)

    def result(self, value: ex.Expr, needed: Type) -> ex.Expr:
        """The result of a mock: fields that must be there and are left out are those of an example."""
        return self._filled(value, needed, None, all_fields=False)

    def button(self, rule: str) -> Record:
        """The parameters of a rule that is started by hand."""
        file, decl = self._workspace.rules[rule]
        return button_params(file, next(each for each in decl.clauses if isinstance(each, nodes.WhenByHand)))

    def missing(self, data: ex.MakeRecord, params: Record) -> ex.Expr:
        """The data with every other field as missing."""
        said = {name for name, _ in data.entries}
        left = tuple((field.name, MISSING) for field in params.fields if field.name not in said)
        return ex.MakeRecord((*data.entries, *left))

    def fields(self, payload: Type) -> set[str]:
        """The names of the fields of a record."""
        record = self._workspace.fitting.record(plain(payload))
        return {field.name for field in record.fields} if record else set()

    def _filled(self, value: ex.Expr, needed: Type, example: Any, *, all_fields: bool) -> ex.Expr:
        inner = plain(needed)
        if isinstance(inner, ListOf) and isinstance(value, ex.MakeList):
            return ex.MakeList(
                tuple(self._filled(each, inner.item, None, all_fields=all_fields) for each in value.items)
            )
        record = self._workspace.fitting.record(inner)
        if record is None or not isinstance(value, ex.MakeRecord):
            return value
        known = example if isinstance(example, dict) else example_of(self._workspace.catalogue, record)
        types = {field.name: field.type for field in record.fields}
        given = tuple(
            (name, self._filled(each, types[name], known.get(name), all_fields=all_fields))
            for name, each in value.entries
        )
        left = self._left(record, {name for name, _ in given}, known, all_fields=all_fields)
        return ex.MakeRecord((*given, *left))

    def _left(
        self, record: Record, said: set[str], example: Mapping[str, Value], *, all_fields: bool
    ) -> tuple[tuple[str, ex.Expr], ...]:
        found = []
        for field in record.fields:
            if field.name in said or (isinstance(field.type, Optional) and not all_fields):
                continue
            value = self._example(field, example[field.name]) if field.name in example else _EMPTY.get(type(field.type))
            if value is not None:
                found.append((field.name, value))
        return tuple(found)

    def _example(self, field: Field, data: Value) -> ex.Expr | None:
        """A part of an example as an expression; None when it does not fit its type."""
        try:
            return literal(revive(data, field.type, self._records))
        except (ValueError, TypeError, AttributeError, msgspec.ValidationError):
            return None
