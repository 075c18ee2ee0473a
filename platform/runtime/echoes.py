"""Telling a change that one of our runs made from everybody else's. Owns the rule, decided on plain data.

A service reports every change, also those that we asked for. A run records which entity a call writes, and afterwards
which version it wrote. So a report is ours when it carries that version, or when the service names our user as the
author and nothing speaks against it. While the call is still open nobody can know its version: then the report is
`suspect` and decided a moment later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from treadle.runtime.ports import Echo


class Origin(msgspec.Struct, frozen=True):
    """Where an event comes from: `echo` is the change of ours that it reports, or may report while `suspect`."""

    kind: Literal["foreign", "own", "suspect"]
    echo: Echo | None = None


FOREIGN = Origin("foreign")


def origin_of(version: str | None, echoes: Sequence[Echo], *, by_us: bool) -> Origin:
    """`version` and `by_us` are the event's; `echoes` are the recent changes of ours to its entity, newest last."""
    for echo in reversed(echoes):
        if version is not None and echo.version == version:
            return Origin("own", echo)
    unversioned = [echo for echo in echoes if echo.version is None or version is None]
    if not unversioned:
        return FOREIGN
    if by_us:
        return Origin("own", unversioned[-1])
    still_open = [echo for echo in unversioned if echo.open]
    return Origin("suspect", still_open[-1]) if still_open else FOREIGN
