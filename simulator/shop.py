"""A plugin for the plays: a shop with orders and an action of each effect class."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from treadle.sdk import (
    Accepted,
    Connection,
    Context,
    Delivery,
    Event,
    Models,
    Plugin,
    Price,
    Question,
    Refused,
    Reply,
    Secret,
    Trigger,
    action,
)


class Order(msgspec.Struct):
    """An order."""

    id: int
    customer: int = 0


class Shop(Connection, kind="shop"):
    """A shop."""

    base_url: str
    key: Secret

    def authorize(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Bearer {self.key.reveal()}"}

    def receive(self, delivery: Delivery, triggers: Any) -> Accepted[Any] | Refused:
        """A list of what happened to orders."""
        kinds = {"placed": Placed, "moved": Moved}
        items = msgspec.json.decode(delivery.body, type=list[dict[str, Any]])
        return Accepted(tuple(_event(kinds[each["kind"]], each) for each in items))


def _event(trigger: Any, item: dict[str, Any]) -> Event[Any]:
    order = Order(item["id"], item["customer"])
    return Event(trigger=trigger, data=order, key=item["key"], entity=f"shop.order:{order.id}")


class Placed(Trigger[Shop, Order], entity="shop.order:{id}"):
    """An order was placed."""


class Moved(Trigger[Shop, Order], entity="shop.order:{id}"):
    """An order moved."""


@action(effect="idempotent", writes="shop.order:{order}", causes=[Moved])
async def tag(ctx: Context[Shop], order: int, label: str) -> None:
    """Tag an order."""
    await ctx.http.put(f"/tags/{order}", json={"label": label})


@action(effect="blind")
async def remark(ctx: Context[Shop], order: int, label: str) -> None:
    """Write a remark."""
    await ctx.http.post(f"/remarks/{order}", json={"label": label})


async def _find(ctx: Context[Shop], order: int, label: str) -> Order | None:
    found = await ctx.http.send("GET", f"/shipments/{ctx.effect_id}", accept=[404])
    return None if found.status == 404 else Order(order)


@action(effect="checkable", lookup=_find)
async def ship(ctx: Context[Shop], order: int, label: str) -> Order:
    """Ship an order."""
    await ctx.http.post(f"/shipments/{order}", json={"label": label})
    return Order(order)


@action(effect="idempotent", messages=True)
async def notify(ctx: Context[Shop], order: int, customer: int, label: str) -> None:
    """Send a message to a customer."""
    await ctx.http.put(f"/messages/{order}", json={"label": label})


@action(effect="idempotent", reads=True)
async def get_order(ctx: Context[Shop], order: int) -> Order:
    """Read an order."""
    found: Order = await ctx.http.get(f"/orders/{order}", returns=Order)
    return found


async def ask(ctx: Context[Shop], question: Question) -> Reply:
    """Ask the model of the shop."""
    reply: Reply = await ctx.http.post("/ask", json=question, returns=Reply)
    return reply


async def prices(_: Context[Shop]) -> Mapping[str, Price]:
    """What it costs."""
    return {"cheap": Price(Decimal(0), Decimal("0.000001"))}


plugin = Plugin(
    "shop",
    doc="A shop.",
    connections=[Shop],
    triggers=[Placed, Moved],
    actions=[tag, remark, ship, notify, get_order],
    models=Models(ask=ask, prices=prices),
)
