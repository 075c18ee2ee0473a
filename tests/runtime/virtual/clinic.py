"""A clinic whose agent asks a model that says what a test wrote; its actions are Python and count their calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from treadle.dsl import facade, values
from treadle.runtime.agents import Agents
from treadle.runtime.call import Caller
from treadle.runtime.connections import Connections
from treadle.runtime.context import Contexts
from treadle.runtime.host import PluginHost
from treadle.runtime.ports import ApprovalRow, StoredStep
from treadle.runtime.redaction import Redactor
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.virtual import Decides, World
from treadle.sdk import (
    ActionFailed,
    Context,
    Failure,
    InDoubt,
    Models,
    Plugin,
    Price,
    Question,
    Reply,
    ToolCall,
    Trigger,
    action,
)

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
PRICE = Price(Decimal(0), Decimal("0.00001"))  # with 2048 tokens at most: 0.02048 a turn


class Lead(msgspec.Struct):
    """A lead."""

    id: int
    name: str = "Ana"


class Came(Trigger[Any, Lead], entity="clinic.lead:{id}"):
    """A lead came."""


def wants(*calls: tuple[str, Any], text: str = "", cost: str | None = "0.001") -> Reply:
    """The model wants these calls made."""
    made = (
        ToolCall(f"c{number}", name, args if isinstance(args, str) else values.encode(args).decode())
        for number, (name, args) in enumerate(calls)
    )
    return Reply(text=text, calls=tuple(made), cost=None if cost is None else Decimal(cost))


def says(text: Any, cost: str | None = "0.001", **more: Any) -> Reply:
    """The model says this; data as JSON."""
    said = text if isinstance(text, str) else values.encode(text).decode()
    return Reply(text=said, cost=None if cost is None else Decimal(cost), **more)


class Clinic(Decides):
    """`questions` are what the model was asked, `calls` what was really called."""

    def __init__(self, text: str, *, limits: str = "", world: type[World] = World) -> None:
        self.replies: deque[Reply | Failure | Callable[[], Reply]] = deque()
        self.questions: list[Question] = []
        self.calls: list[tuple[str, Any]] = []
        self.fails: dict[str, Failure] = {}
        self.answers: deque[bool | None] = deque()
        self.asked: list[str] = []
        self.prices: dict[str, Price] = {}
        self.priced = 0
        self.effects: list[str] = []
        host = PluginHost.of([self._plugin()])
        self.catalogue = host.catalogue()
        compiled = facade.compile_files({"a.rule": f"use clinic\n\n{limits}\n{text}"}, self.catalogue)
        assert compiled.program is not None, [(each.code, each.span.line, each.message) for each in compiled.errors]
        self.kept = MemoryStore()
        redactor = Redactor()
        contexts = Contexts(None, None, self.kept, redactor)  # type: ignore[arg-type]
        connections = Connections(self.kept, host, None, redactor, contexts)  # type: ignore[arg-type]
        caller = Caller(host, connections)
        self.caller, self.redactor = caller, redactor
        self.world = world(
            compiled.program.graphs,
            caller,
            start=START,
            limits=compiled.program.limits,
            people=self,
            agents=partial(Agents, host, connections, caller),
        )

    def _plugin(self) -> Plugin:
        async def ask(ctx: Context[Any], question: Question) -> Reply:
            self.questions.append(question)
            self.effects.append(ctx.effect_id)
            assert self.replies, "nobody wrote what the model says"
            reply = self.replies.popleft()
            if isinstance(reply, Failure):
                raise reply
            return reply() if callable(reply) else reply

        async def prices(ctx: Context[Any]) -> dict[str, Price]:
            self.priced += 1
            return self.prices.copy()  # a test may take it away

        @action(effect="idempotent", reads=True)
        async def get_lead(ctx: Context[Any], id: int) -> Lead:
            """Reads a lead."""
            self._called("get_lead", id)
            return Lead(id, f"Lead {id}")

        @action(effect="idempotent")
        async def tag(ctx: Context[Any], id: int, tag: str) -> None:
            """Tags a lead."""
            self._called("tag", (id, tag))

        @action(effect="blind")
        async def write(ctx: Context[Any], id: int, text: str, tags: list[str] | None = None) -> None:
            """Writes to a lead."""
            self._called("write", (id, text))

        @action(effect="blind", messages=True)
        async def forward(ctx: Context[Any], to: str) -> None:
            """Sends everything somewhere."""
            self._called("forward", to)

        return Plugin(
            "clinic", triggers=[Came], actions=[get_lead, tag, write, forward], models=Models(ask=ask, prices=prices)
        )

    def _called(self, name: str, what: Any) -> None:
        self.calls.append((name, what))
        if name in self.fails:
            raise self.fails[name]

    def approve(self, row: ApprovalRow) -> bool | None:
        self.asked.append(row.question)
        return self.answers.popleft() if self.answers else None

    # --- what a test does and sees ------------------------------------------------------------------------------------

    async def came(self, id: int = 1, name: str = "Ana") -> None:
        await self.world.give("clinic.came", {"id": id, "name": name})

    async def after(self, **span: float) -> None:
        await self.world.advance(self.world.clock.now() + timedelta(**span))

    async def fate(self) -> tuple[str, str | None]:
        """What became of the last run: its status, and the code of why."""
        row = (await self.world.runs())[-1]
        return row.status, row.error.code if row.error else None

    async def why(self) -> str:
        row = (await self.world.runs())[-1]
        return row.error.message if row.error else ""

    async def steps(self) -> list[StoredStep]:
        return await self.world.steps((await self.world.runs())[-1].id)

    async def history(self) -> list[tuple[str, str]]:
        return [(each.what, each.state) for each in await self.steps()]

    @property
    def logs(self) -> list[str]:
        return [str(each.text) for each in self.world.journal if each.kind == "log"]

    @property
    def told(self) -> list[tuple[str, str]]:
        """The messages of the last question."""
        return [(each.role, each.text) for each in self.questions[-1].messages]


__all__ = ["ActionFailed", "Clinic", "InDoubt", "says", "wants"]
