"""The processes of a play: each with an engine of its own over the one store, started again whenever it falls.

Owns how a process of the runtime is put together here: all of it is real but for what `Parts` are given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

from simulator.bells import Bells
from simulator.extras import webhook
from simulator.faults import Faults
from simulator.loop import Loop, Process
from simulator.remote import RemoteRenewer, RemoteStore
from simulator.rules import Rules
from simulator.service import Service
from simulator.sets import HOST
from treadle.runtime.engine import Engine, Parts
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.lease import Keeper
from treadle.runtime.pacing import Timing
from treadle.runtime.ports import ConnectionRow, StoreDown, WebhookRow
from treadle.runtime.redaction import Redactor
from treadle.runtime.settings import Settings
from treadle.runtime.sharedrates import SharedRates
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.vault import Vault
from treadle.runtime.worker import Worker

SECRET = "a-hook-that-nobody-guesses"
_CONNECTION = UUID("00000000-0000-7000-8000-0000000000c0")
_VAULT = Vault({"k1": bytes(32)})
_LOOK = 5.0  # seconds

Role = Callable[[Process], Awaitable[None]]


def _sealed(field: str, text: str, owner: UUID = _CONNECTION) -> str:
    return _VAULT.seal(text, workspace_id=DEFAULT_WORKSPACE, connection_id=owner, field=field)


CONNECTION = ConnectionRow(
    id=_CONNECTION,
    plugin="shop",
    kind="shop",
    name="shop",
    settings={"base_url": "https://shop.example"},
    sealed={"key": _sealed("key", "a-very-secret-key")},
    hook=_sealed("hook", SECRET),
    is_default=True,
)
_TILL = UUID("00000000-0000-7000-8000-0000000000c1")
WEBHOOK = WebhookRow(_TILL, webhook.NAME, _sealed("hook", webhook.SECRET, _TILL))


class Machines:
    """`engines` are those of the processes that are up, `remote` is the store as they have it, `lease` how long workers
    hold a run. `stop` ends them all in order.
    """

    def __init__(
        self, loop: Loop, dice: Random, rules: Rules, note: Callable[[str], None], faults: Faults, store: MemoryStore
    ) -> None:
        self._loop = loop
        self._dice = dice
        self._rules = rules
        self._note = note
        self._faults = faults
        self._store = store
        self.remote = cast(Any, RemoteStore(store, faults, loop, Random(dice.getrandbits(64))))
        self._bells = Bells(loop, faults)
        self._roles: dict[Process, Role] = {}
        self.lease = lease = dice.choice([15.0, 45.0])
        self._timing = Timing(
            lease=lease, renew=lease / 3, poll=1.0, linger=0.1, beat=5.0, tick=5.0, grace=25.0,
            in_flight=dice.choice([2, 50]), claim=dice.choice([1, 20]),
        )  # fmt: skip
        self.service = Service(loop, faults, Random(dice.getrandbits(64)), note)
        self.engines: dict[Process, Engine] = {}
        self.stop = asyncio.Event()
        faults.on_kill = self._killed

    def start(self, name: str, role: Role) -> None:
        """A process that is started again whenever it falls."""
        process = self._loop.process(name)
        self._roles[process] = role
        self._note(f"{name} starts")
        self._loop.spawn(process, self._lives(process, role))

    async def _lives(self, process: Process, role: Role) -> None:
        try:
            await role(process)
        except StoreDown:
            self._note(f"{process.name} cannot start")
            self._again(process, 1.0)
        self._loop.kill(process)

    def _killed(self, process: Process) -> None:
        self._note(f"{process.name} is killed")
        self.engines.pop(process, None)
        self._again(process, self._dice.choice([0.1, 2.0, 20.0]))

    def _again(self, process: Process, pause: float) -> None:
        role = self._roles.pop(process)
        self._loop.call_later(pause, self.start, process.name, role, context=self._loop.world.context)

    @asynccontextmanager
    async def _engine(self, process: Process) -> AsyncIterator[Engine]:
        parts = Parts(
            settings=Settings(home=Path("/nowhere")),
            store=self.remote,
            database=None,
            host=HOST,
            vault=_VAULT,
            redactor=Redactor(),
            bell=cast(Any, self._bells.of(process)),
            client=cast(Any, self.service),
            rates=SharedRates(self.remote),
            renewer=RemoteRenewer(self._store, self._faults),
        )
        engine = Engine(parts)
        engine.live.adopt(UUID(int=0), self._rules.programs)  # what is compiled already need not be again
        async with engine.following(every=_LOOK):
            self.engines[process] = engine
            yield engine
        self.engines.pop(process, None)

    # --- roles --------------------------------------------------------------------------------------------------------

    async def works(self, process: Process) -> None:
        """A worker."""
        leases = self._loop.process(f"{process.name} leases", beside=process)

        @asynccontextmanager
        async def keeping(keeper: Keeper) -> AsyncIterator[None]:
            task = self._loop.spawn(leases, _turns(keeper))
            yield
            task.cancel()

        async with self._engine(process) as engine:
            await Worker(engine, process.name, timing=self._timing, keeping=keeping).run(self.stop)

    async def accepts(self, process: Process) -> None:
        """An API: others put their requests into its context."""
        async with self._engine(process):
            await self.stop.wait()


async def _turns(keeper: Keeper) -> None:
    pause = keeper.begin()
    while True:
        await asyncio.sleep(pause)
        pause = keeper.turn()
