"""Which member an identity is. Owns that one is found by what the provider knows them by, and only the first time by
their email; and that nobody comes in who is no member and was not invited.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.identity.provider import Identity
from treadle.runtime.people.auditlog import write
from treadle.runtime.people.records import NewEntry, called
from treadle.runtime.people.users import add
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_KNOWN, _BY_EMAIL = query("identity_member"), query("member_by_email")
_LINK, _ACCEPT = query("link_identity"), query("accept_for_email")


class Links(Statements):
    """Over the pool of one workspace."""

    async def member(self, who: Identity, id: UUID, entry: NewEntry) -> UUID | None:
        """The member; one who was invited becomes one, with this `id` and the entry for the audit log. None for
        everybody else. Raises `StoreDown`.
        """
        params = {"issuer": clean(who.issuer), "subject": clean(who.subject), "email": clean(who.email.strip().lower())}

        async def work(ask: Ask) -> UUID | None:
            if known := await ask(_KNOWN, params):
                return UUID(str(known[0][0]))
            found = await ask(_BY_EMAIL, params)
            user = UUID(str(found[0][0])) if found else await _joined(ask, params["email"], who.name, id, entry)
            if user is not None:
                await ask(_LINK, params | {"user": user})
            return user

        return await self._together(work)


async def _joined(ask: Ask, email: str, name: str, id: UUID, entry: NewEntry) -> UUID | None:
    invited = await ask(_ACCEPT, {"email": email})
    if not invited:
        return None
    ((role,),) = invited
    user = await add(ask, id, email, name, None, role)
    detail = msgspec.json.encode({"email": email, "role": role})
    mine = msgspec.structs.replace(entry, who_id=user, who_name=called(name, email), object=str(user), detail=detail)
    await write(ask, mine)
    return user
