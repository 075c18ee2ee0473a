"""Ending tasks of our own. Owns nothing but the patience that this takes."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 1.0
"""Seconds between two cancels of a task that goes on; what it closes on its way out is quicker, as a rule."""


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks until they are over; whatever they raised on the way is theirs.

    One cancel may be lost. psycopg, cancelled in a statement, asks the server to stop it, and when the server has gone
    by then, its error takes the place of the cancel; a task that goes on after such errors would go on for ever.
    """
    left = {each for each in tasks if not each.done()}
    while left:
        for each in left:
            each.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
