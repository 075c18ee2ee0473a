"""Named places where a test may kill the process. Owns the names; costs one comparison when nothing is armed."""

from __future__ import annotations

import os
import signal
from typing import Literal, get_args

Point = Literal[
    "after_claim", "after_intent", "after_send", "after_outcome", "after_decision", "token_answered", "after_rows",
    "after_starts", "before_rename", "after_rename", "after_folder",
]  # fmt: skip
POINTS: tuple[str, ...] = ("after_claim", "after_intent", "after_send", "after_outcome")
"""Those that every run with a call comes by. `after_decision`: what a clause or a limit decided is not written yet.
`token_answered`: fresh tokens of a connection are not stored yet. `after_rows`: rows of a list were taken and not
started yet; `after_starts`: they were. `before_rename`, `after_rename`: of a file that is written into a folder;
`after_folder`: what a folder had went live, and that is not remembered yet."""

_armed: str | None = None


def arm(name: str | None) -> None:
    """The process dies, unasked, when it next reaches this place; None disarms. Raises `ValueError`."""
    global _armed
    if name is not None and name not in get_args(Point):
        raise ValueError(f"there is no crash point {name!r}, there are {', '.join(get_args(Point))}")
    _armed = name


def reach(point: Point) -> None:
    """Dies here as `kill -9` would have it, if armed for it."""
    if _armed == point:
        os.kill(os.getpid(), signal.SIGKILL)
