"""What the runtime asks of its storage about what rules run against: publications, switches, connections and
their values, keys.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from treadle.runtime.workrecords import Transition
from treadle.runtime.worldrecords import ConnectionRow, Moved, PinnedRun, Publication, Resting, Switch, WebhookRow


class WorldStore(Protocol):
    """See `ports.Store`."""

    async def publish(
        self,
        publication: Publication,
        *,
        begins: Sequence[str] = (),
        webhooks: Sequence[WebhookRow] = (),
        moves: Sequence[Moved] = (),
        restarts: Sequence[Transition] = (),
        onto: UUID | None = None,
    ) -> set[UUID]:
        """Make this set the live one; with `onto` only while that one is live (`NOTHING_LIVE`: none), else `Outrun`.

        In the same commit the schedules of these keys begin now, so nothing before is missed; these webhooks are added,
        where one whose name is there stays; runs go on in other graphs; others end and start what their transitions
        say. The runs that a worker claimed first, for which nothing was written.
        """
        ...

    async def pinned(
        self, live: Sequence[str], harmless: Sequence[str], *, behind: UUID | None = None, limit: int = 1000
    ) -> list[PinnedRun]:
        """Live runs on graphs other than these versions, in the order of their ids, from behind this one on. `harmless`
        names steps (`StoredStep.what`) that do not count as acting.
        """
        ...

    async def switch_rule(self, rule: str, to: Switch | None, *, begins: Sequence[str] = ()) -> None:
        """Switch a rule, None for as its text says. In the same commit the schedules of these keys begin now."""
        ...

    async def switches(self) -> dict[str, Switch]:
        """The rules that are switched to something; cheap, asked often."""
        ...

    async def live_runs(self, rule: str) -> list[Resting]:
        """The runs of this rule that are not over. Those for which a person has to decide an effect are left out."""
        ...

    async def webhooks(self) -> list[WebhookRow]:
        """All webhooks that ever were, by name."""
        ...

    async def drop_publications(self) -> int:
        """Drop publications that are not live, from whose time nothing is kept, and graphs that are in none and that no
        run went over to; how many publications. One that says `who` made it stays for a month. Harmless at any time.
        """
        ...

    async def live(self) -> UUID | None:
        """The id of the live publication; cheap, asked often."""
        ...

    async def publication(self, id: UUID) -> Publication | None:
        """One publication, whole."""
        ...

    async def graph(self, version: str) -> bytes | None:
        """A graph's JSON by its version."""
        ...

    async def connections(self) -> list[ConnectionRow]:
        """All connections."""
        ...

    async def save_connection(self, row: ConnectionRow) -> None:
        """Insert or replace by id. Raises `NameTaken` when another one has the name."""
        ...

    async def keep_choices(self, connection_id: UUID, choices: bytes) -> None:
        """What its account holds, as looked up now; nothing else of the connection changes."""
        ...

    async def remove_connection(self, connection_id: UUID) -> bool:
        """Delete it with its values and its tokens; whether it was there. Events and runs stay."""
        ...

    async def save_key(self, id: UUID, name: str, digest: bytes) -> None:
        """Add an API key by its SHA-256; one that is there stays."""
        ...

    async def has_keys(self) -> bool:
        """Whether there is any API key."""
        ...

    async def knows_key(self, digest: bytes) -> bool:
        """Whether a key with this SHA-256 is there."""
        ...

    async def take_place(self, connection_id: UUID, count: int, period: float, within: float) -> float:
        """Take the connection's next place, when no `period` seconds of the store's clock would hold more than `count`.

        The answer is how many seconds from now that place is. One above `within` is not taken. All processes take in
        turn; connections do not wait for each other.
        """
        ...

    # --- values of plugins -------------------------------------------------------------------------------------------

    async def get_value(self, connection_id: UUID, key: str) -> bytes | None:
        """A durable value of a connection."""
        ...

    async def put_value(self, connection_id: UUID, key: str, value: bytes, ttl: float | None) -> None:
        """Set it."""
        ...

    async def swap_value(
        self, connection_id: UUID, key: str, expected: bytes | None, value: bytes | None, ttl: float | None = None
    ) -> bool:
        """Set it (None: remove it) for `ttl` seconds, only if it is still `expected` (None: absent)."""
        ...
