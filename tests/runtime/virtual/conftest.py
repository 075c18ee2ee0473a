"""A small shop to write rules for, and a world that plays them: text in, a journal out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from treadle.dsl import facade
from treadle.dsl.catalogue import ActionSpec, Catalogue, Param, PluginSpec, TriggerSpec
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.typesystem import INT, NUMBER, TEXT, Field, ListOf, Named, Optional, Record
from treadle.runtime.journal import Effect
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.scripted import Reply, Returns, Scripted
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.virtual import Decides, StoreOn, World

START = datetime(2026, 1, 5, 8, tzinfo=UTC)  # a Monday, 09:00 in Madrid

ORDER = Record(
    (Field("id", INT), Field("total", NUMBER), Field("stage", Optional(TEXT)), Field("tags", ListOf(TEXT))),
    "shop.Order",
)
MESSAGE = Record((Field("contact_id", INT), Field("text", TEXT)), "shop.Message")


def _action(name: str, *params: Param, **more: Any) -> ActionSpec:
    return ActionSpec(name, "Does it.", params, more.pop("returns", None), more.pop("effect", "idempotent"), **more)


SHOP = PluginSpec(
    name="shop",
    doc="A shop.",
    triggers={
        "placed": TriggerSpec("placed", "Placed.", Named("shop.Order")),
        "moved": TriggerSpec("moved", "Moved.", Named("shop.Order"), params=(Param("stage", TEXT, required=False),)),
        "message": TriggerSpec("message", "Wrote.", Named("shop.Message")),
    },
    actions={
        "get": _action("get", Param("id", INT), returns=Named("shop.Order"), reads=True),
        "tag": _action("tag", Param("id", INT), Param("tag", TEXT)),
        "charge": _action("charge", Param("id", INT), effect="blind"),
        "send": _action("send", Param("contact_id", INT), Param("text", TEXT), effect="blind", messages=True),
    },
    records={"Order": ORDER, "Message": MESSAGE},
    asks=Param("model", TEXT),
)
CATALOGUE = Catalogue(plugins={"shop": SHOP}, zone="Europe/Madrid")


class Play(Decides):
    """Rules in a world, and what they are answered. `replies` are for the next calls of an action, then `Returns()`."""

    store: StoreOn = MemoryStore

    def __init__(self, text: str, start: datetime = START) -> None:
        compiled = facade.compile_files({"a.rule": "use shop\n\n" + text}, CATALOGUE)
        assert compiled.program is not None, [(each.code, each.span.line, each.message) for each in compiled.errors]
        self.replies: dict[str, list[Reply]] = {}
        self.answers: list[bool | None] = []
        program = compiled.program
        self.world = World(
            program.graphs,
            Scripted(self, CATALOGUE),
            start=start,
            limits=program.limits,
            people=self,
            store=type(self).store,
        )

    def call(self, node: Call, args: Mapping[str, Any]) -> Reply:
        return self._reply(f"{node.plugin}.{node.action}")

    def ask(self, node: Ask, agent: Agent, args: Mapping[str, Any]) -> Reply:
        return self._reply(agent.name)

    def _reply(self, name: str) -> Reply:
        waiting = self.replies.get(name)
        return waiting.pop(0) if waiting else Returns()

    def approve(self, row: ApprovalRow) -> bool | None:
        return self.answers.pop(0) if self.answers else None

    # --- what a test does -----------------------------------------------------------------------------------------

    async def placed(self, id: int = 1, total: int = 10, **more: Any) -> None:
        await self.world.give("shop.placed", {"id": id, "total": total, "stage": None, "tags": [], **more})

    async def moved(self, id: int = 1, stage: str | None = None) -> None:
        await self.world.give("shop.moved", {"id": id, "total": 1, "stage": stage, "tags": []})

    async def message(self, contact_id: int = 1, text: str = "hi") -> None:
        await self.world.give("shop.message", {"contact_id": contact_id, "text": text})

    async def after(self, **span: float) -> None:
        await self.world.advance(self.world.clock.now() + timedelta(**span))

    # --- what it sees ---------------------------------------------------------------------------------------------

    @property
    def did(self) -> list[str]:
        """The journal in short."""
        return [_short(each) for each in self.world.journal]

    @property
    def at(self) -> list[str]:
        """When each of it happened, in UTC."""
        return [each.at.strftime("%a %d %H:%M") for each in self.world.journal]

    async def fates(self) -> list[tuple[str, str, str | None]]:
        """What became of each run."""
        rows = await self.world.runs()
        return [(row.rule, row.status, row.error.code if row.error else None) for row in rows]

    async def why(self) -> list[str]:
        """Why runs did not fire or did not end well."""
        return [row.error.message for row in await self.world.runs() if row.error]


def _short(effect: Effect) -> str:
    name = (effect.target or effect.kind).removeprefix("shop.")
    if effect.kind in ("log", "fail"):
        return f"{effect.kind}: {effect.text}"
    shown = " ".join(str(each) for each in effect.args.values())
    return f"{name} {shown}".strip() if effect.kind == "action" else f"{effect.kind} {name} {shown}".strip()


@pytest.fixture
def play(store_on: StoreOn) -> type[Play]:
    """Makes a world from the text of rules; `use shop` stands before it."""

    class PlayHere(Play):
        store = staticmethod(store_on)

    return PlayHere
