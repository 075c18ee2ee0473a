"""Is a write valid? Kommo rejects the whole request for one wrong thing; these find all of them. Owns no changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from treadle_kommo.simulator.asgi import Request
from treadle_kommo.simulator.hal import Rejected, Wrong, invalid, problem
from treadle_kommo.simulator.state import Account, Field

Row = dict[str, Any]
Check = Callable[[Account, Row], Iterator[Wrong]]


def one(request: Request) -> Row:
    """The single object of the body."""
    value = _body(request)
    if not isinstance(value, dict):
        raise Rejected(problem(400, "This value should be of type object."))
    return value


def collection(request: Request) -> list[Row]:
    """The objects of the body; Kommo wants an array even for one."""
    value = _body(request)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Rejected(problem(400, "This value should be of type array."))
    if not value:
        raise Rejected(problem(400, "Request data can not be empty"))
    if len(value) > 250:
        raise Rejected(problem(422, "Limit 250 per page"))
    return value


def ensure(account: Account, rows: list[Row], *checks: Check) -> None:
    """Raises `Rejected` with everything that is wrong with any of the rows."""
    wrongs = {}
    for index, row in enumerate(rows):
        found = [wrong for check in checks for wrong in check(account, row)]
        if found:
            wrongs[str(row.get("request_id", index))] = found
    if wrongs:
        raise Rejected(invalid(wrongs))


def typed(**types: type) -> Check:
    """The keys that are there have these types."""

    def check(_: Account, row: Row) -> Iterator[Wrong]:
        for key, wanted in types.items():
            value = row.get(key)
            if value is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
                yield Wrong(key, "InvalidType", f"This value should be of type {_NAMES[wanted]}.")

    return check


def present(*keys: str) -> Check:
    """The keys are there and not empty."""

    def check(_: Account, row: Row) -> Iterator[Wrong]:
        for key in keys:
            if row.get(key) in (None, ""):
                yield Wrong(key, "NotBlank", "This value should not be blank.")

    return check


def user(account: Account, row: Row) -> Iterator[Wrong]:
    """The responsible user exists."""
    owner = row.get("responsible_user_id")
    if owner is not None and owner not in account.users:
        yield _no_choice("responsible_user_id")


def place(account: Account, row: Row) -> Iterator[Wrong]:
    """Pipeline and stage exist, and the stage is in the pipeline."""
    pipeline = account.pipelines.get(row["pipeline_id"]) if row.get("pipeline_id") is not None else None
    if row.get("pipeline_id") is not None and pipeline is None:
        yield _no_choice("pipeline_id")
    status = row.get("status_id")
    known = [pipeline] if pipeline else account.pipelines.values()
    if status is not None and not any(stage.id == status for each in known for stage in each.stages):
        yield _no_choice("status_id")


def custom_fields(kind: str) -> Check:
    """Custom fields exist, and the values of those with options are among them."""

    def check(account: Account, row: Row) -> Iterator[Wrong]:
        given = row.get("custom_fields_values")
        if given is None:
            return
        if not isinstance(given, list):
            yield Wrong("custom_fields_values", "InvalidType", "This value should be of type array.")
            return
        for index, value in enumerate(given):
            yield from _field(account.fields[kind], f"custom_fields_values.{index}", value)

    return check


def _field(known: Mapping[int, Field], path: str, given: Any) -> Iterator[Wrong]:
    field = find_field(known, given)
    if field is None:
        yield _no_choice(f"{path}.field_id")
        return
    for index, value in enumerate(given.get("values") or ()):
        if not isinstance(value, dict) or not {"value", "enum_id", "enum_code"} & value.keys():
            yield Wrong(f"{path}.values.{index}", "InvalidType", "This value should be of type object.")
        elif field.enums and field.type != "multitext" and find_enum(field, value) is None:
            yield _no_choice(f"{path}.values.{index}.value")
        elif field.type in _TEXTS and not isinstance(value.get("value"), str):
            yield Wrong(f"{path}.values.{index}.value", "InvalidType", "This value should be of type string.")


def find_field(known: Mapping[int, Field], given: Any) -> Field | None:
    """The definition that a written value names by id or by code."""
    if not isinstance(given, dict):
        return None
    number, code = given.get("field_id"), given.get("field_code")
    if number is not None:
        return known.get(number)
    return next((field for field in known.values() if code and field.code == code), None)


def find_enum(field: Field, value: Row) -> Any:
    """The option that a written value names by id, by code or by its text."""
    wanted = (value.get("enum_id"), value.get("enum_code"), value.get("value"))
    return next(
        (
            each
            for each in field.enums
            if each.id == wanted[0] or (wanted[1] and each.code == wanted[1]) or each.value == wanted[2]
        ),
        None,
    )


_TEXTS = {"text", "textarea", "url", "streetaddress", "tracking_data", "multitext"}
_NAMES: dict[type, str] = {int: "int", str: "string", list: "array", dict: "object", bool: "bool"}


def _no_choice(path: str) -> Wrong:
    return Wrong(path, "NotSupportedChoice", "The value you selected is not a valid choice.")


def _body(request: Request) -> Any:
    if not request.body:
        raise Rejected(problem(400, "Request data can not be empty"))
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Rejected(problem(400, "The request body is not valid JSON")) from None
