"""What becomes of a file that a folder and the live set may both have changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Step = Literal["same", "publish", "write", "conflict"]
"""`publish`: the folder's goes live. `write`: the live one goes into the folder. Either may mean that it goes away."""


def decide(common: str | None, disk: str | None, live: str | None) -> Step:
    """By the ETags of the file when both were last the same, in the folder, and live; None where there is none.

    A file that was deleted in the folder while its live one changed comes back: nobody's text is lost by that.
    """
    if disk == live:
        return "same"
    if live == common:
        return "publish"
    if disk == common or disk is None:
        return "write"
    return "conflict"


def decisions(
    common: Mapping[str, str], disk: Mapping[str, str], live: Mapping[str, str], held: set[str]
) -> dict[str, Step]:
    """For every path of ETags by path; those that are `held` cannot be read or written, and stay as they are."""
    paths = sorted({*common, *disk, *live} - held)
    return {path: decide(common.get(path), disk.get(path), live.get(path)) for path in paths}
