"""The truth: `ports.Store` on Postgres. Every method is one statement and so one commit."""

from __future__ import annotations

from treadle.runtime.store.accepting import Accepting
from treadle.runtime.store.history import History
from treadle.runtime.store.unbuilt import Unbuilt
from treadle.runtime.store.working import Working
from treadle.runtime.store.world import World


class PostgresStore(Accepting, Working, History, World, Unbuilt):
    """One workspace's storage over a pool of `database.make_pool`; rows of other workspaces are invisible to it."""
