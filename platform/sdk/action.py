"""An effect that a plugin can have on the world. Owns the declaration of one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec

from treadle.dsl.catalogue import Cost, Effect
from treadle.sdk.trigger import Trigger

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = re.compile(r"\{(\w+)\}")


class Pick(msgspec.Struct, frozen=True):
    """`Annotated[str, Pick("stages")]`: a name of one of the account's values of that kind, as `look_up` lists them.

    `within` names the parameter, or the field beside it, that says what holds the value: `Pick("stages", "pipeline")`.
    Of a map, in an argument, in a field of a record or as a result, the keys are meant, and the choices' types are
    those of the values. The signs in `tail` begin what is no part of the name: `":"` in `vendor/model:free`.
    """

    kind: str
    within: str | None = None
    tail: str = ""


class Causes:
    """An event that a call makes the service send: `Causes(LeadStageChanged, lead_id="lead_id", stage="stage")`.

    The named fields of the event have the values of those parameters. That is how the checks follow a call into the
    rules that hear of it; a field that merely may have the value is left out. Raises `TypeError` for a field that the
    event has not.
    """

    def __init__(self, trigger: type[Trigger[Any, Any]], /, **carries: str) -> None:
        fields = {each.name for each in msgspec.structs.fields(trigger.payload)} if carries else set()
        if unknown := set(carries) - fields:
            raise TypeError(f"{trigger.name} has no field {sorted(unknown)[0]}")
        self.trigger = trigger
        self.carries = carries


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A declared action. `call` is the coroutine function: `(ctx, **arguments) -> result`.

    `effect` says what the runtime may do when it cannot know whether a call arrived: `idempotent` repeats it,
    `checkable` asks `lookup` first, `blind` never repeats it and shows the outcome as unknown. `reads` marks an action
    that changes nothing. `writes` names the entity that a call changes (`kommo.lead:{lead_id}`), which is how our own
    changes are recognised when the service reports them; `kommo.lead:*` is for a call that makes a new one. The other
    parameters are what it sets there, unless the call `adds`: a note, a tag. `cost` is what a call costs that went
    through. `timeout` is in seconds.
    """

    name: str
    doc: str
    call: Callable[..., Awaitable[Any]]
    effect: Effect
    reads: bool = False
    messages: bool = False
    causes: tuple[Causes, ...] = ()
    writes: str | None = None
    adds: bool = False
    lookup: Callable[..., Awaitable[Any]] | None = None
    example: dict[str, Any] = {}
    timeout: float = 10.0
    cost: Cost | None = None


def action(
    *,
    effect: Effect,
    reads: bool = False,
    messages: bool = False,
    causes: Sequence[Causes | type[Trigger[Any, Any]]] = (),
    writes: str | None = None,
    adds: bool = False,
    lookup: Callable[..., Awaitable[Any]] | None = None,
    example: dict[str, Any] | None = None,
    timeout: float = 10.0,
    cost: Cost | None = None,
) -> Callable[[Callable[P, Awaitable[R]]], Action]:
    """Declare a coroutine function `(ctx, name: type, ...) -> result` as an action; its docstring is its text.

    `lookup` has the parameters of the action and answers the result of an earlier call with this `ctx.effect_id`, or
    None when there surely was none; a `checkable` action must have one. Raises `TypeError` when it has not, and when
    `writes` or `causes` name a parameter that is none.
    """

    def declare(call: Callable[P, Awaitable[R]]) -> Action:
        if effect == "checkable" and lookup is None:
            raise TypeError(f"{call.__name__}: a checkable action needs lookup=")
        caused = tuple(each if isinstance(each, Causes) else Causes(each) for each in causes)
        named = [name for each in caused for name in each.carries.values()] + _NAMES.findall(writes or "")
        if unknown := [name for name in named if name not in inspect.signature(call).parameters]:
            raise TypeError(f"{call.__name__}: there is no parameter {unknown[0]}")
        return Action(
            name=call.__name__,
            doc=(call.__doc__ or "").strip(),
            call=call,
            effect=effect,
            reads=reads,
            messages=messages,
            causes=caused,
            writes=writes,
            adds=adds,
            lookup=lookup,
            example=example or {},
            timeout=timeout,
            cost=cost,
        )

    return declare
