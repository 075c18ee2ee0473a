"""What an action, a look-up or a connection test is given. Owns the ports; the runtime brings what is behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from treadle.dsl.catalogue import Choice

C = TypeVar("C")
T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer, read whole (at most 10 MB decompressed). Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON with exact numbers; None when it is empty. Raises `InDoubt` when it is no JSON."""
        from treadle.dsl import values
        from treadle.sdk.failures import InDoubt

        if not self.body:
            return None
        try:
            return values.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InDoubt("the answer is not JSON", code="bad_answer", status=self.status) from error


class Http(Protocol):
    """The one way out. A path is taken from the connection's `base_url`; credentials go to its hosts alone.

    `send` raises `NotSent`, `InDoubt` (timeout, lost connection, 429, 5xx) and `ActionFailed` (other 4xx). `accept`
    lists statuses of 400 and above that the caller wants to see instead. `returns` turns the JSON answer into a type;
    without it the verbs answer plain data. Redirects are followed for reads only, each checked like the first address.
    """

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Sequence[int] = (),
    ) -> Answer:
        """One request, its whole answer."""
        ...

    async def get(self, url: str, *, params: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        ...

    async def post(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        ...

    async def put(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        ...

    async def patch(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        ...

    async def delete(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        ...


class Store(Protocol):
    """Durable JSON values of one connection, seen by all workers. Keys are text up to 200 characters."""

    async def get(self, key: str) -> Any:
        """The value, or None."""
        ...

    async def put(self, key: str, value: Any, *, ttl: float | None = None) -> None:
        """Set it, for `ttl` seconds or for ever."""
        ...

    async def swap(self, key: str, expected: Any, value: Any, *, ttl: float | None = None) -> bool:
        """Set it as `put` does, only if it is still `expected` (None: absent). False when somebody was quicker."""
        ...


class Clock(Protocol):
    """The time. Virtual in tests."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long by this clock."""
        ...


class Directory(Protocol):
    """What the connected account holds, from the cache; looked up again when a name is not found in it."""

    async def find(self, kind: str, name: str, *, within: str | None = None) -> Choice:
        """The one value of that kind with that name or id. Raises `ActionFailed` with a did-you-mean, or when several
        fit and `within` is not given.
        """
        ...

    async def all(self, kind: str) -> Sequence[Choice]:
        """Every value of that kind."""
        ...


class History(Protocol):
    """The workspace's runs, as far as they are kept."""

    async def count_runs(
        self, *, rule: str | None, status: str | None, since: datetime, entity: str | None = None
    ) -> int:
        """How many began since then, of that rule, with that status, by an event about that entity; 10,000 at most."""
        ...


class Log(Protocol):
    """Lines in the run's history and the process's log; live secrets are redacted from both."""

    def info(self, event: str, **fields: Any) -> None:
        """Something worth knowing."""
        ...

    def warning(self, event: str, **fields: Any) -> None:
        """Something to look at."""
        ...


class Context(Protocol, Generic[C]):
    """One call's view of the world.

    `effect_id` is the same for every try of one step: hand it to a service that knows idempotency keys, or leave it as
    a mark that `lookup` can find.
    """

    connection: C
    effect_id: str
    http: Http
    clock: Clock
    log: Log

    @property
    def store(self) -> Store:
        """Durable values of the connection, or of the plugin where it has none."""
        ...

    @property
    def catalogue(self) -> Directory:
        """What the connected account holds."""
        ...

    @property
    def history(self) -> History:
        """The workspace's runs."""
        ...

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold a lock of this connection over all workers; expires by itself if this process dies."""
        ...

    def wrote(self, version: str) -> None:
        """Tell which version the written entity has now, so that the service's report of it is known as our own."""
        ...
