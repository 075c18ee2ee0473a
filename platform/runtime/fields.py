"""The fields of a connection kind: from texts that a person gave to settings and secrets, and to an instance.

Owns what is said about a field that is missing, unknown or wrong. A field whose type mentions `Secret` is a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from treadle.dsl.spelling import suggest
from treadle.sdk.connection import Connection
from treadle.sdk.secret import Secret


class FieldsInvalid(Exception):
    """Fields of a connection that do not fit what the plugin declares; the message says which and why."""


def read_fields(kind: type[Connection], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """`given`, texts of a person or values that were stored, as plain settings and as secrets, both by field name.
    Raises `FieldsInvalid`.
    """
    declared = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in given:
        if name not in declared:
            raise FieldsInvalid(f"there is no field {name!r}{_hint(name, declared)}")
    missing = [name for name, field in declared.items() if field.required and given.get(name) in (None, "")]
    if missing:
        raise FieldsInvalid(f"missing: {', '.join(missing)}")
    secret = secret_fields(kind)
    secrets = {name: text for name, text in given.items() if name in secret and text}
    try:
        instance = rebuild(kind, {name: text for name, text in given.items() if name not in secret}, secrets)
    except msgspec.ValidationError as error:
        raise FieldsInvalid(str(error)) from None
    plain = {name: getattr(instance, name) for name in declared if name not in secret}
    settings: dict[str, Any] = msgspec.to_builtins(plain)
    return settings, secrets


def rebuild(kind: type[Connection], settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Connection:
    """The instance of stored fields. Raises `msgspec.ValidationError`."""
    wrapped = {name: Secret(text) for name, text in secrets.items()}
    return msgspec.convert({**settings, **wrapped}, kind, strict=False, dec_hook=_keep)


def secret_fields(kind: type[Connection]) -> frozenset[str]:
    """The names of the fields that are sealed."""
    hints = get_type_hints(kind)
    return frozenset(
        field.name
        for field in msgspec.structs.fields(kind)
        if Secret in (hints[field.name], *get_args(hints[field.name]))
    )


def _keep(type: Any, value: Any) -> Any:
    if isinstance(value, type):
        return value
    raise ValueError(f"expected {type.__name__}")


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = suggest(name, known)
    return f"; did you mean {near}?" if near else f"; there are {', '.join(known)}"
