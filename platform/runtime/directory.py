"""What a connected account holds, by name. Owns finding one value and what is said when there is none, or several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from treadle.dsl.catalogue import Choice
from treadle.dsl.spelling import suggest
from treadle.sdk.failures import ActionFailed

Choices = dict[str, tuple[Choice, ...]]


class AccountDirectory:
    """`ctx.catalogue`: answers from the cache and looks up again, once a call, what the cache does not have."""

    def __init__(self, choices: Choices, look_up: Callable[[], Awaitable[Choices]] | None = None) -> None:
        self._choices = choices
        self._look_up = look_up

    async def find(self, kind: str, name: str, *, within: str | None = None) -> Choice:
        """The one value of that kind with that name or id; the name alone decides when it is unique."""
        found = _fitting(self._choices.get(kind, ()), name, within)
        if not found and self._look_up is not None:
            await self._look_again()
            found = _fitting(self._choices.get(kind, ()), name, within)
        if len(found) == 1:
            return found[0]
        raise ActionFailed(_why(kind, name, found, self._choices.get(kind, ())))

    async def all(self, kind: str) -> Sequence[Choice]:
        """Every value of that kind."""
        if kind not in self._choices and self._look_up is not None:
            await self._look_again()
        return self._choices.get(kind, ())

    async def _look_again(self) -> None:
        look_up, self._look_up = self._look_up, None
        if look_up is not None:
            self._choices = await look_up()


def _fitting(choices: Sequence[Choice], name: str, within: str | None) -> list[Choice]:
    there = [each for each in choices if within is None or each.within == within]
    return [each for each in there if each.id == name] or [each for each in there if each.name == name]


def _why(kind: str, name: str, found: Sequence[Choice], all: Sequence[Choice]) -> str:
    if found:
        places = ", ".join(repr(each.within) for each in found)
        return f"{kind}: {name!r} is in {places}; say which one is meant"
    if now := next((each.name for each in all if name in each.formerly), None):
        return f"{kind}: {name!r} is called {now!r} now"
    near = suggest(name, [each.name for each in all])
    return f"{kind}: there is no {name!r}" + (f"; did you mean {near!r}?" if near else "")
