"""Who asked just now is not asked about again, and what changed about anybody is heard at once."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from treadle.runtime.access import Principal
from treadle.runtime.people.remembered import SECONDS, Remembered

OWN = UUID(int=1)
NAMED = (OWN, "key", b"digest")


def somebody() -> Principal:
    return Principal(workspace_id=OWN, kind="key", id=uuid4(), name="key x", rights=frozenset())


class Asked:
    """The database, as it answers; counts how often."""

    def __init__(self, answer: Principal | None) -> None:
        self.answer, self.times = answer, 0

    async def __call__(self) -> Principal | None:
        self.times += 1
        return self.answer


async def test_a_caller_is_asked_about_once_a_second_and_a_stranger_each_time() -> None:
    times = iter((0.0, SECONDS / 2, SECONDS, SECONDS, SECONDS))
    known, ask = Remembered(lambda: next(times)), Asked(somebody())
    for _ in range(3):
        assert await known.find(NAMED, ask) is ask.answer
    assert ask.times == 2
    assert await known.find((uuid4(), *NAMED[1:]), stranger := Asked(None)) is None
    assert await known.find((uuid4(), *NAMED[1:]), stranger) is None
    assert stranger.times == 2


async def test_who_is_forgotten_while_being_asked_about_is_not_remembered() -> None:
    known, change = Remembered(), asyncio.Event()

    async def slow() -> Principal | None:
        await change.wait()
        return somebody()

    asking = asyncio.create_task(known.find(NAMED, slow))
    await asyncio.sleep(0)
    known.forget()
    change.set()
    assert await asking is not None
    assert await known.find(NAMED, Asked(None)) is None
