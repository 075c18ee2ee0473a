"""The truth: `ports.Store` on Postgres. Every method that writes is one commit, those of every day one statement."""

from __future__ import annotations

from treadle.runtime.store.bulk import Bulks
from treadle.runtime.store.counting import Counting
from treadle.runtime.store.doubting import Doubting
from treadle.runtime.store.history import History
from treadle.runtime.store.publishing import Publishing
from treadle.runtime.store.switching import Switching
from treadle.runtime.store.tidying import Tidying
from treadle.runtime.store.watching import Platform
from treadle.runtime.store.working import Working
from treadle.runtime.store.world import World


class PostgresStore(Working, Doubting, Counting, Publishing, Switching, History, Platform, Tidying, World, Bulks):
    """One workspace's storage over a pool of `database.make_pool`; rows of other workspaces are invisible to it."""
