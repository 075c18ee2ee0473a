"""People and programs: accounts, roles, groups, invitations, sessions, API keys, and the audit log.

Owns what is stored about them, which is in Postgres alone, and how secrets of theirs are made and recognised. What they
may do is `access`; who may change them is `services`.
"""

from __future__ import annotations

from treadle.runtime.engine import Engine
from treadle.runtime.people.store import People

__all__ = ["People", "people_of"]


def people_of(engine: Engine) -> People:
    """The people of an engine's workspace."""
    return People(engine.database.pool, engine.store.workspace_id)
