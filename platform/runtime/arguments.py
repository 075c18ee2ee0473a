"""Between the language's values and an action's Python parameters. Owns the conversion, prepared once per action.

Arguments go over JSON: it is what the history keeps anyway, and it turns every exact value into the type that the
action declares.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_type_hints

import msgspec

from treadle.sdk.action import Action

_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Signature:
    """An action ready to be called: `bind` makes its arguments, `entity` names what a call changes."""

    __slots__ = ("_decoder", "_names", "_writes", "action")

    def __init__(self, action: Action) -> None:
        hints = get_type_hints(action.call, include_extras=True)
        parameters = list(inspect.signature(action.call).parameters.values())[1:]
        fields = [_field(each, hints[each.name]) for each in parameters]
        struct = msgspec.defstruct(f"{action.name}_arguments", fields, kw_only=True)
        self.action = action
        self._names = tuple(each.name for each in parameters)
        self._decoder = msgspec.json.Decoder(struct, float_hook=Decimal)
        self._writes = action.writes

    def bind(self, data: bytes) -> dict[str, Any]:
        """The arguments from their JSON. Raises `msgspec.ValidationError` when they do not fit."""
        bound = self._decoder.decode(data)
        return {name: getattr(bound, name) for name in self._names}

    def entity(self, args: Mapping[str, Any]) -> str | None:
        """What a call with these arguments changes; None when the template names something that is missing."""
        return fill(self._writes, args) if self._writes else None


def fill(template: str, given: Mapping[str, Any]) -> str | None:
    """`acme.order:{id}` with its fields filled in, or None when one is missing."""
    names = _FIELD.findall(template)
    if any(given.get(name) is None for name in names):
        return None
    return _FIELD.sub(lambda found: str(given[found.group(1)]), template)


def _field(parameter: inspect.Parameter, hint: Any) -> Any:
    if parameter.default is inspect.Parameter.empty:
        return (parameter.name, hint)
    default = parameter.default
    if isinstance(default, list | dict | set):
        return (parameter.name, hint, msgspec.field(default_factory=lambda: type(default)(default)))
    return (parameter.name, hint, default)
