"""What a function of the language is: one object with its name, types, text, examples and behaviour.

Owns the shape. Types are those of `typesystem`; a `Named` with a single capital letter is a type variable: `T` and `K`
stand for any type, `K` only for one that can be ordered, `N` for numbers, `S` for what has a text form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from treadle.dsl.typesystem import BOOL, Named, Type, show
from treadle.dsl.values import Value

T, K, N, S = Named("T"), Named("K"), Named("N"), Named("S")

ALLOWED: dict[str, frozenset[str]] = {
    "K": frozenset({"text", "int", "number", "money", "duration", "date", "time", "datetime"}),
    "N": frozenset({"int", "number", "money"}),
    "S": frozenset({"text", "int", "number", "bool", "money", "duration", "date", "time", "datetime"}),
}
"""The kinds of scalars that a restricted type variable may stand for."""

Style = Literal["function", "member"]
Behaviour = Callable[..., Value]  # (scope, *arguments); a callback argument is a Python callable of values


class Callback(msgspec.Struct, frozen=True):
    """The type of a `x => ...` argument."""

    params: tuple[Type, ...]
    returns: Type


class Argument(msgspec.Struct, frozen=True):
    """One parameter of a form, taken by position; all are required and none may be missing."""

    name: str
    type: Type | Callback


class Form(msgspec.Struct, frozen=True):
    """One way to call a function."""

    params: tuple[Argument, ...]
    returns: Type


class Example(msgspec.Struct, frozen=True):
    """`call` and `gives` are expressions of the language with equal values."""

    call: str
    gives: str


class Builtin(msgspec.Struct, frozen=True, kw_only=True):
    """A function of the language. `style` is `member` for what is written without parentheses: `now.weekday`.

    `call` computes it for every form; it raises `EvaluationError`. `group` is the heading on the reference page.
    """

    name: str
    group: str
    doc: str
    forms: tuple[Form, ...]
    examples: tuple[Example, ...]
    call: Behaviour
    style: Style = "function"

    def signatures(self) -> tuple[str, ...]:
        """Each form as the reference page and hovers write it."""
        return tuple(self._signature(form) for form in self.forms)

    def _signature(self, form: Form) -> str:
        if self.style == "member":
            return f"{show_type(form.params[0].type)}.{self.name} -> {show(form.returns)}"
        params = ", ".join(f"{param.name}: {show_type(param.type)}" for param in form.params)
        return f"{self.name}({params}) -> {show(form.returns)}"


def show_type(type: Type | Callback) -> str:
    """The type as written; a callback as `T => bool`."""
    if not isinstance(type, Callback):
        return show(type)
    params = ", ".join(map(show, type.params))
    return f"{params} => {show(type.returns)}" if len(type.params) == 1 else f"({params}) => {show(type.returns)}"


def takes(returns: Type, **params: Any) -> Form:
    """A form in one line: `takes(TEXT, text=TEXT, old=TEXT)`."""
    return Form(tuple(Argument(name, kind) for name, kind in params.items()), returns)


def test_of(item: Type) -> Callback:
    """`item => bool`."""
    return Callback((item,), BOOL)


def declare(
    group: str, name: str, doc: str, *forms: Form, examples: dict[str, str], style: Style = "function"
) -> Callable[[Behaviour], Builtin]:
    """Declare the decorated behaviour `(scope, *arguments)` as the function `name`."""

    def wrap(call: Behaviour) -> Builtin:
        shown = tuple(Example(call, gives) for call, gives in examples.items())
        return Builtin(name=name, group=group, doc=doc, forms=forms, examples=shown, call=call, style=style)

    return wrap
