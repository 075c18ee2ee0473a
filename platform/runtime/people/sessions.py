"""Sessions: who is signed in. They lie here and nowhere else, so that one that is closed is over."""

from __future__ import annotations

from uuid import UUID

from treadle.runtime.people.auditlog import write
from treadle.runtime.people.records import NewEntry, User
from treadle.runtime.people.users import user_record
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Ask, Statements

_OPEN, _CALLER, _CLOSE = query("open_session"), query("session_caller"), query("close_session")
_SWEEP = query("sweep_sessions")


async def open_session(ask: Ask, id: UUID, user: UUID, digest: bytes, seconds: float) -> None:
    """Open a session in a commit with something else."""
    await ask(_OPEN, {"id": id, "user": user, "digest": digest, "seconds": seconds})


class Sessions(Statements):
    """Methods of `People` about sessions, which are named by the digest of their secret."""

    async def open_session(
        self, id: UUID, user: UUID, digest: bytes, seconds: float, instead: bytes, entry: NewEntry
    ) -> None:
        """Sign a member in for so long, in place of the session with the digest `instead` (b"": of none). What ran out
        goes.
        """

        async def work(ask: Ask) -> None:
            await ask(_SWEEP, {})
            await ask(_CLOSE, {"digest": instead})
            await open_session(ask, id, user, digest, seconds)
            await write(ask, entry)

        await self._together(work)

    async def session_caller(self, digest: bytes) -> User | None:
        """Who is signed in; None when nobody is."""
        found = await self._ask(_CALLER, {"digest": digest})
        return user_record(found[0]) if found else None

    async def close_session(self, digest: bytes, entry: NewEntry) -> None:
        """Sign out."""

        async def work(ask: Ask) -> None:
            await ask(_CLOSE, {"digest": digest})
            await write(ask, entry)

        await self._together(work)
