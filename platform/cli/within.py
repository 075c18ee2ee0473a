"""The workspace that a command is for, where it opens the platform itself: `--workspace`, else the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.cli.faults import InputFault

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine


async def engine_of(engine: Engine, slug: str | None) -> Engine:
    """The engine of the workspace of this slug; None is the first one. Raises `InputFault`."""
    if slug is None:
        return engine
    found = await engine.installation.named(slug)
    inside = await engine.installation.opened(found.id) if found else None
    if inside is None:
        raise InputFault(f"There is no workspace {slug!r}; `treadle workspaces` lists those there are.")
    return inside
