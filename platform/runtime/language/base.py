"""The stored files of a workspace as a question sees them, and what they are checked against. Owns no storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from treadle.dsl.catalogue import Account
from treadle.runtime.machine.program import Program

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

NOTHING = "none"
"""The revision of a workspace in which nothing was ever published."""


class Base(msgspec.Struct, frozen=True):
    """`revision` names these files, texts by path. `programs` are those that are live, from which steps have their
    ids.
    """

    revision: str
    files: Mapping[str, str]
    programs: tuple[Program, ...]
    accounts: Mapping[str, Account]
    zone: str


async def base_of(engine: Engine) -> Base:
    """The workspace of now. Raises `StoreDown`."""
    world, live = await engine.world(), engine.live
    revision = str(live.publication) if live.publication else NOTHING
    return Base(revision, live.sources, tuple(live.programs()), world.accounts, world.zone)
