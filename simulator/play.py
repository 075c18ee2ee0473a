"""One seed from beginning to end: machines that start, fall and start again, senders, people, and what is left over.

Owns the cast. The processes run the real engine and worker; `checker` judges what came of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID

import msgspec
from structlog.testing import capture_logs

from simulator.bells import Bells
from simulator.faults import Faults, Plan, plan_of
from simulator.loop import EPOCH, Loop, Process
from simulator.remote import RemoteRenewer, RemoteStore, at_once
from simulator.rules import HOST, VARIETY, Rules, rules_of
from simulator.service import Service
from treadle.runtime.accept import Receipt
from treadle.runtime.engine import Engine, Parts
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.lease import Keeper
from treadle.runtime.pacing import Timing
from treadle.runtime.ports import ApprovalRow, ConnectionRow, Publication, StoreDown
from treadle.runtime.redaction import Redactor
from treadle.runtime.settings import Settings
from treadle.runtime.sharedrates import SharedRates
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.vault import Vault
from treadle.runtime.worker import Worker

SECRET = "a-hook-that-nobody-guesses"
CUSTOMERS = 2
_CONNECTION = UUID("00000000-0000-7000-8000-0000000000c0")
_ENDS_AFTER = 1800.0  # seconds after the faults in which everything comes to rest
_VAULT = Vault({"k1": bytes(32)})


def _sealed(field: str, text: str) -> str:
    return _VAULT.seal(text, workspace_id=DEFAULT_WORKSPACE, connection_id=_CONNECTION, field=field)


_ROW = ConnectionRow(
    id=_CONNECTION,
    plugin="shop",
    kind="shop",
    name="shop",
    settings={"base_url": "https://shop.example"},
    sealed={"key": _sealed("key", "a-very-secret-key")},
    hook=_sealed("hook", SECRET),
    is_default=True,
)


class Sent(msgspec.Struct):
    """One event that a sender delivers until it is accepted. `ids` are those it was accepted under, each time."""

    item: dict[str, Any]
    ids: list[UUID] = []


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a seed, for the checker."""

    seed: int
    rules: Rules
    plan: Plan
    store: MemoryStore
    service: Service
    faults: Faults
    sent: list[Sent]
    decided: dict[UUID, bool]
    troubles: list[str]
    trace: list[str]
    calm_at: float
    ended_at: float

    def digest(self) -> str:
        """Equal for equal histories."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


def play(seed: int) -> Played:
    """Play it. Raises what the simulator itself cannot do."""
    state = random.getstate()
    random.seed(seed)  # what the runtime asks of `random`: jitter
    try:
        with capture_logs() as logs:
            return _Stage(seed, cast("list[dict[str, Any]]", logs)).run()
    finally:
        random.setstate(state)


class _Stage:
    def __init__(self, seed: int, logs: list[dict[str, Any]]) -> None:
        dice = Random(seed)
        self.seed = seed
        self.dice = dice
        self.logs = logs
        self.trace: list[str] = []
        self.troubles: list[str] = []
        self.loop = Loop(Random(dice.getrandbits(64)))
        self.loop.set_exception_handler(self._trouble)
        self.plan = plan_of(dice)
        self.faults = Faults(self.loop, Random(dice.getrandbits(64)), self.plan, self._killed)
        self.store = MemoryStore(lambda: datetime.fromtimestamp(EPOCH + self.loop.time(), UTC))
        self.remote = RemoteStore(self.store, self.faults, self.loop, Random(dice.getrandbits(64)))
        self.service = Service(self.loop, self.faults, Random(dice.getrandbits(64)), self.note)
        self.bells = Bells(self.loop, self.faults)
        self.rules = rules_of(seed % VARIETY)
        lease = dice.choice([10.0, 30.0])
        self.timing = Timing(
            lease=lease, renew=lease / 3, poll=1.0, linger=0.1, beat=5.0, tick=5.0, grace=25.0,
            in_flight=dice.choice([2, 50]), claim=dice.choice([1, 20]),
        )  # fmt: skip
        self.engines: dict[Process, Engine] = {}
        self.roles: dict[Process, Callable[[Process], Awaitable[None]]] = {}
        self.tasks: list[asyncio.Task[Any]] = []
        self.sent: list[Sent] = []
        self.decided: dict[UUID, bool] = {}
        self.stop: asyncio.Event | None = None

    def note(self, what: str) -> None:
        self.trace.append(f"{self.loop.time():.6f} {what}")

    def _trouble(self, _: Any, context: dict[str, Any]) -> None:
        if "pending" not in context["message"]:
            self.troubles.append(f"{context['message']}: {context.get('exception')!r}")

    # --- processes ----------------------------------------------------------------------------------------------------

    def start(self, name: str, role: Callable[[Process], Awaitable[None]]) -> None:
        """A process that is started again whenever it falls."""
        process = self.loop.process(name)
        self.roles[process] = role
        self.note(f"{name} starts")
        self.tasks.append(self.loop.spawn(process, self._lives(process, role)))

    async def _lives(self, process: Process, role: Callable[[Process], Awaitable[None]]) -> None:
        try:
            await role(process)
        except StoreDown:
            self.note(f"{process.name} cannot start")
            self.loop.call_later(1.0, self.start, process.name, role, context=self.loop.world.context)
        self.loop.kill(process)

    def _killed(self, process: Process) -> None:
        self.note(f"{process.name} is killed")
        self.engines.pop(process, None)
        pause = self.dice.choice([0.1, 2.0, 20.0])
        role = self.roles.pop(process)
        self.loop.call_later(pause, self.start, process.name, role, context=self.loop.world.context)

    @asynccontextmanager
    async def engine(self, process: Process) -> AsyncIterator[Engine]:
        store = cast(Any, self.remote)
        engine = Engine(
            Parts(
                settings=Settings(home=Path("/nowhere")),
                store=store,
                database=None,
                host=HOST,
                vault=_VAULT,
                redactor=Redactor(),
                bell=cast(Any, self.bells.of(process)),
                client=cast(Any, self.service),
                rates=SharedRates(store),
                renewer=RemoteRenewer(self.store, self.faults),
            )
        )
        engine.live.adopt(UUID(int=0), self.rules.programs)  # what is compiled already need not be again
        async with engine.following(every=5.0):
            self.engines[process] = engine
            yield engine
        self.engines.pop(process, None)

    async def works(self, process: Process) -> None:
        """A worker."""
        leases = self.loop.process(f"{process.name} leases", beside=process)

        @asynccontextmanager
        async def keeping(keeper: Keeper) -> AsyncIterator[None]:
            async def turns() -> None:
                pause = keeper.begin()
                while True:
                    await asyncio.sleep(pause)
                    pause = keeper.turn()

            task = self.loop.spawn(leases, turns())
            yield
            task.cancel()

        async with self.engine(process) as engine:
            assert self.stop is not None
            await Worker(engine, process.name, timing=self.timing, keeping=keeping).run(self.stop)

    async def accepts(self, process: Process) -> None:
        """An API: others put their requests into its context."""
        async with self.engine(process):
            assert self.stop is not None
            await self.stop.wait()

    # --- the world ----------------------------------------------------------------------------------------------------

    async def ask(self, act: Callable[[Engine], Awaitable[Any]]) -> Any:
        """What an API answers to a request; None when it does not."""
        able = [each for each in self.engines if each.name.startswith("api")]
        if not able:
            await asyncio.sleep(1.0)
            return None
        process = self.dice.choice(able)
        answered: asyncio.Future[Any] = self.loop.create_future()

        async def serve(engine: Engine) -> None:
            answer = None
            with suppress(StoreDown):
                answer = await act(engine)
            if not answered.done():
                answered.set_result(answer)

        self.tasks.append(self.loop.spawn(process, serve(self.engines[process])))
        with suppress(TimeoutError):
            async with asyncio.timeout(4.0):
                return await answered
        return None

    async def deliver(self, sent: Sent, after: float) -> None:
        await asyncio.sleep(after)
        body = json.dumps([sent.item]).encode()
        again = self.faults.repeats()
        while not sent.ids or again:
            again = again and not sent.ids
            receipt: Receipt | None = await self.ask(lambda engine: engine.receive("shop", SECRET, {}, body))
            if receipt is not None:
                sent.ids += receipt.events
                self.note(f"{sent.item['key']} is accepted as {receipt.events}")
            else:
                await asyncio.sleep(self.dice.uniform(0.1, 3))

    async def decide(self) -> None:
        """People who answer questions."""
        while True:
            await asyncio.sleep(self.dice.uniform(2, 6))
            for row in await self.ask(lambda engine: engine.store.approvals()) or ():
                approved = self.dice.random() < 0.5
                if self.dice.random() < 0.5:
                    continue
                now = await self.ask(partial(_decide, row.id, approved))
                if now is not None and now.state in ("approved", "refused"):
                    self.decided[row.id] = now.state == "approved"

    # --- from beginning to end ----------------------------------------------------------------------------------------

    def run(self) -> Played:
        asyncio.set_event_loop(None)
        calm_at = self.loop.run_until_complete(self.loop.spawn(self.loop.world, self._run()))
        ended_at = self.loop.time()
        for log in self.logs:
            self._judge(log)
        self._clear()
        return Played(
            seed=self.seed, rules=self.rules, plan=self.plan, store=self.store, service=self.service,
            faults=self.faults, sent=self.sent, decided=self.decided, troubles=self.troubles, trace=self.trace,
            calm_at=calm_at, ended_at=ended_at,
        )  # fmt: skip

    async def _run(self) -> float:
        self.stop = asyncio.Event()
        await self._publish()
        for name in ["w1", "w2", "w3"][: self.dice.choice([1, 2, 3])]:
            self.start(name, self.works)
        for name in ["api1", "api2"][: self.dice.choice([1, 2])]:
            self.start(name, self.accepts)
        senders = [self.loop.spawn(self.loop.world, each) for each in self._deliveries()]
        people = self.loop.spawn(self.loop.world, self.decide())
        await asyncio.sleep(self.dice.uniform(20, 60))
        calm_at = self.loop.time()
        self.faults.end()
        self.note("all is well from now on")
        await asyncio.gather(*senders)
        await self._rest()
        people.cancel()
        self.stop.set()
        self.note("everybody stops")
        await asyncio.sleep(40.0)
        return calm_at

    async def _publish(self) -> None:
        graphs = {each.version: msgspec.json.encode(each.graph) for each in self.rules.programs}
        now = await self.store.now()
        await self.store.publish(Publication(id=UUID(int=1), created_at=now, sources={}, graphs=graphs))
        await self.store.save_connection(_ROW)

    def _deliveries(self) -> list[Any]:
        found = []
        for number in range(1, self.dice.choice([2, 3, 5, 7])):
            at = self.dice.uniform(1.0, 25.0)
            found.append(self._delivery("placed", number, at))
            if self.dice.random() < 0.6:
                found.append(self._delivery("moved", number, at + self.dice.uniform(0.0, 20.0)))
        return found

    def _delivery(self, kind: str, number: int, at: float) -> Any:
        item = {"kind": kind, "id": number, "customer": number % CUSTOMERS, "key": f"{kind}:{number}"}
        self.sent.append(sent := Sent(item))
        return self.deliver(sent, at)

    async def _rest(self) -> None:
        """Wait until nothing is to be done for ten minutes."""
        end = self.loop.time() + _ENDS_AFTER
        while self.loop.time() < end:
            await asyncio.sleep(5.0)
            soonest = at_once(self.store.soonest())
            if soonest is None or soonest.timestamp() > EPOCH + self.loop.time() + 600:
                return
        self.troubles.append("it does not come to rest")

    def _judge(self, log: dict[str, Any]) -> None:
        """What a log says that nobody should ever read."""
        if log["log_level"] == "error" or log.get("exc_info") is not None:
            self.troubles.append(f"log: {log['event']} {log.get('exc_info')!r}")

    def _clear(self) -> None:
        """Let go of what the killed left behind, without a word."""
        for task in asyncio.all_tasks(self.loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(BaseException):
                task.get_coro().close()
        with suppress(RuntimeError):
            self.loop.close()


async def _decide(approval: UUID, approved: bool, engine: Engine) -> ApprovalRow | None:  # noqa: FBT001
    return await engine.store.decide(approval, "ana", approved=approved)
