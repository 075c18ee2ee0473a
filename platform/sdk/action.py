"""An effect that a plugin can have on the world. Owns the declaration of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec

from treadle.dsl.catalogue import Effect
from treadle.sdk.trigger import Trigger

P = ParamSpec("P")
R = TypeVar("R")


class Pick(msgspec.Struct, frozen=True):
    """`Annotated[str, Pick("stages")]`: the argument is the name of one of the account's values of that kind."""

    kind: str


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A declared action. `call` is the coroutine function: `(ctx, **arguments) -> result`.

    `effect` says what the runtime may do when it cannot know whether a call arrived: `idempotent` repeats it,
    `checkable` asks `lookup` first, `blind` never repeats it and shows the outcome as unknown. `reads` marks an action
    that changes nothing. `writes` names the entity that a call changes (`kommo.lead:{lead_id}`), which is how our own
    changes are recognised when the service reports them; `kommo.lead:*` is for a call that makes a new one. `timeout`
    is in seconds.
    """

    name: str
    doc: str
    call: Callable[..., Awaitable[Any]]
    effect: Effect
    reads: bool = False
    messages: bool = False
    causes: Sequence[type[Trigger[Any, Any]]] = ()
    writes: str | None = None
    lookup: Callable[..., Awaitable[Any]] | None = None
    example: dict[str, Any] = {}
    timeout: float = 10.0


def action(
    *,
    effect: Effect,
    reads: bool = False,
    messages: bool = False,
    causes: Sequence[type[Trigger[Any, Any]]] = (),
    writes: str | None = None,
    lookup: Callable[..., Awaitable[Any]] | None = None,
    example: dict[str, Any] | None = None,
    timeout: float = 10.0,
) -> Callable[[Callable[P, Awaitable[R]]], Action]:
    """Declare a coroutine function `(ctx, name: type, ...) -> result` as an action; its docstring is its text.

    `lookup` has the parameters of the action and answers the result of an earlier call with this `ctx.effect_id`, or
    None when there surely was none; a `checkable` action must have one. Raises `TypeError` when it has not.
    """

    def declare(call: Callable[P, Awaitable[R]]) -> Action:
        if effect == "checkable" and lookup is None:
            raise TypeError(f"{call.__name__}: a checkable action needs lookup=")
        return Action(
            name=call.__name__,
            doc=(call.__doc__ or "").strip(),
            call=call,
            effect=effect,
            reads=reads,
            messages=messages,
            causes=tuple(causes),
            writes=writes,
            lookup=lookup,
            example=example or {},
            timeout=timeout,
        )

    return declare
