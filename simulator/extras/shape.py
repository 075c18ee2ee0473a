"""What an extra is: a feature of the language that some seeds play beside the rest, with the law of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from simulator.found import Found
    from simulator.people import People

MARK = ":"
"""Every label of an extra's steps has one; what they do is judged by the law of the extra alone."""

Deeds = Callable[["People"], Iterator[Coroutine[Any, Any, None]]]


def no_deeds(_: People) -> Iterator[Coroutine[Any, Any, None]]:
    """Orders are placed anyway."""
    yield from ()


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """`text` writes its rules, `deeds` are what people do about them, `law` says what must have come of it. `second`
    makes another version of the whole text, which its deeds publish.

    Runs of `troubled` rules may end badly on a calm day; those of `asleep` ones may wait when all has come to rest.
    """

    name: str
    text: Callable[[Random], str]
    law: Callable[[Found], Iterator[str]]
    second: Callable[[str], str] | None = None
    deeds: Deeds = no_deeds
    troubled: Sequence[str] = ()
    asleep: Sequence[str] = ()
