"""Ending tasks, also those that a cancel does not reach at once."""

from __future__ import annotations

import asyncio

from treadle.runtime import tasks


async def test_a_task_that_loses_a_cancel_to_an_error_is_cancelled_again(monkeypatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN", 0.01)
    lost = []

    async def goes_on_after_errors() -> None:
        while True:
            try:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    if len(lost) < 2:
                        raise OSError("the server has gone") from None
                    raise
            except OSError as error:
                lost.append(error)

    task = asyncio.create_task(goes_on_after_errors())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tasks.ended(task)
    assert task.cancelled()
    assert len(lost) == 2


async def test_what_has_ended_and_what_fails_on_its_way_out_are_nobodys_trouble() -> None:
    async def fails() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError

    async def is_over() -> None:
        return

    over, failing = asyncio.create_task(is_over()), asyncio.create_task(fails())
    await asyncio.sleep(0)
    await tasks.ended(over, failing)
    await tasks.ended()
    assert over.done()
    assert failing.done()
