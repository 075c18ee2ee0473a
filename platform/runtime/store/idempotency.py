"""Keys under which requests were made once. Owns the rows; what a request is and what its answer means is the API's."""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.ids import new_id
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

LEASE = 60
"""Seconds for which a request that is at work holds its key; after them another try may take over."""
KEPT = 24 * 3600
"""Seconds for which an answer is kept."""

_CLAIM, _CLAIMED = query("claim_key"), query("claimed_key")
_ANSWER, _FREE, _DROP = query("answer_key"), query("free_key"), query("drop_key")


class Claim(msgspec.Struct, frozen=True):
    """A key that this request holds. `id` is the same on every try with the key."""

    asker: str
    key: str
    id: UUID


class Answered(msgspec.Struct, frozen=True):
    """What the first request was answered; `answer` is sealed."""

    claim: Claim
    status: int
    answer: str


class Elsewhere(Exception):
    """The key belongs to another request (`conflict`), or to the same one, which is still at work."""

    def __init__(self, *, conflict: bool) -> None:
        super().__init__("another request" if conflict else "at work")
        self.conflict = conflict


class IdempotencyKeys(Statements):
    """The keys of a workspace. Every method raises `StoreDown`."""

    async def claim(self, asker: str, key: str, digest: bytes) -> Claim | Answered:
        """The key for this request, or what was answered to it before. Raises `Elsewhere`."""
        asked = {"asker": asker, "key": key}
        given = {**asked, "id": new_id(), "digest": digest, "lease": LEASE, "kept": KEPT}
        for _ in range(3):
            if ours := await self._ask(_CLAIM, given):
                return Claim(asker, key, ours[0][0])
            if found := await self._ask(_CLAIMED, asked):
                return _held(Claim(asker, key, found[0][0]), digest, *found[0][1:])
        raise Elsewhere(conflict=False)  # given back and taken again between our looks

    async def answer(self, claim: Claim, status: int, answer: str) -> None:
        """Keep what was answered."""
        await self._change(_ANSWER, {**msgspec.structs.asdict(claim), "status": status, "answer": answer})

    async def free(self, claim: Claim) -> None:
        """Let another try go on at once: this one broke, and nobody knows how far it came."""
        await self._change(_FREE, msgspec.structs.asdict(claim))

    async def drop(self, claim: Claim) -> None:
        """Forget the key: the request was refused, so nothing was made."""
        await self._change(_DROP, msgspec.structs.asdict(claim))


def _held(claim: Claim, digest: bytes, theirs: bytes, status: int | None, answer: str | None) -> Answered:
    if bytes(theirs) != digest:
        raise Elsewhere(conflict=True)
    if status is None or answer is None:
        raise Elsewhere(conflict=False)
    return Answered(claim, status, answer)
