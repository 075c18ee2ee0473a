"""Names that files share: each is shown to every other file of the workspace.

Owns the clashes. A name that a file has itself is not replaced, so that one clash gives one diagnostic a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from treadle.dsl import name_codes
from treadle.dsl.checker.desk import Desk
from treadle.dsl.spans import Span

if TYPE_CHECKING:
    from treadle.dsl.checker.scopes import FileScope


def share(files: Sequence[FileScope]) -> None:
    """Show the shared names of each file to all others; report names that are given twice."""
    homes: dict[str, FileScope] = {}
    for file in files:
        for name in file.shared:
            homes.setdefault(name, file)
    if any(file.leaks for file in files):
        for file in files:
            file.leaky = True
    for name, home in homes.items():
        for file in files:
            if file is home:
                continue
            own = file.own(name)
            if own is None:
                file.borrow(name, home)
            elif name not in file.later:  # that one is reported as broken
                _clash(file.desk, name, own, home)


def _clash(desk: Desk, name: str, own: Span, home: FileScope) -> None:
    notes = (f"it is shared by {home.place(name)}",)
    desk.report(name_codes.NAME_TAKEN, own, notes=notes, name=name)
