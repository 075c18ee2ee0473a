"""The shapes of changes. Plain data for whoever shows them."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.editing.refs import Kind

What = Literal["added", "removed", "changed", "moved"]
Sort = Literal["head", "parameter", "clause", "step", "line", "row", "field"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What changed inside of a declaration. `step` is the id of a step, as the new text gives it, for what is gone the
    old one. `line` is that of the new file, 1-based, for what is gone that of the old one. `before` and `after` are the
    logical line as written.
    """

    what: What
    part: Sort
    line: int
    step: str | None = None
    before: str | None = None
    after: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that changed. `file` and `line` are where it stands now, for what is gone where it stood.

    `was` is the former name of one that is `renamed`, the former file of one that `moved` to another; within its file
    it is None. Both may have `parts` that changed too.
    """

    what: Literal["added", "removed", "changed", "moved", "renamed"]
    kind: Kind
    name: str
    file: str
    line: int
    was: str | None = None
    parts: tuple[Part, ...] = ()
