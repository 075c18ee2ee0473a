"""A plugin for these tests: a shop with orders, an effect of each class, and a trigger that has to read a field."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from treadle.sdk import (
    Accepted,
    ActionFailed,
    Choice,
    Connection,
    Context,
    Cost,
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
    Unread,
    action,
    not_carried,
)


class Order(msgspec.Struct):
    """An order."""

    id: int
    total: Decimal = Decimal(0)
    version: str | None = None
    email: Annotated[str | None, not_carried] = None


class Acme(Connection, kind="acme"):
    """A shop."""

    base_url: str
    key: Secret

    def authorize(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.key.reveal()}"}

    async def test(self, ctx: Context[Any]) -> str:
        return f"hello {(await ctx.http.get('/me'))['name']}"

    async def look_up(self, ctx: Context[Any]) -> Mapping[str, Any]:
        return {"tags": [Choice("1", "gold"), Choice("2", "silver")]}

    def receive(self, delivery: Delivery, triggers: Any) -> Accepted[Any] | Refused:
        try:
            items = msgspec.json.decode(delivery.body, type=list[dict[str, Any]])
        except msgspec.DecodeError:
            return Refused("not a list of items")
        accepted = Accepted[Any]()
        for item in items:
            accepted = _read(accepted, item)
        return accepted


def _read(accepted: Accepted[Any], item: dict[str, Any]) -> Accepted[Any]:
    kinds = {"placed": OrderPlaced, "changed": OrderChanged}
    trigger = kinds.get(item.get("kind", ""))
    if item.get("kind") == "bug":
        raise ZeroDivisionError
    if trigger is None:
        unread = Unread(group=str(item.get("kind")), reason="unheard of", data=item, key=f"unread:{item.get('id')}")
        return Accepted(accepted.events, (*accepted.unread, unread))
    order = msgspec.convert({k: v for k, v in item.items() if k not in ("kind", "by_us")}, Order, strict=False)
    event = Event(
        trigger=trigger,
        data=order,
        key=f"{item['kind']}:{order.id}:{order.version}",
        entity=f"acme.order:{order.id}",
        version=order.version,
        by_us=item.get("by_us", False),
    )
    return Accepted((*accepted.events, event), accepted.unread)


class OrderPlaced(Trigger[Acme, Order], entity="acme.order:{id}"):
    """An order was placed."""

    async def load(self, ctx: Context[Acme], data: Order) -> Order:
        return await ctx.http.get(f"/orders/{data.id}", returns=Order)


class OrderChanged(Trigger[Acme, Order], entity="acme.order:{id}"):
    """An order was changed."""


@action(effect="idempotent", writes="acme.order:{order}", causes=[OrderChanged])
async def tag(ctx: Context[Acme], order: int, tag: str) -> Order:
    """Tag an order."""
    answer = await ctx.http.put(f"/orders/{order}/tags/{tag}", json={"tag": tag}, returns=Order)
    if answer is not None and answer.version:
        ctx.wrote(answer.version)
    ctx.log.info("tagged", tag=tag)
    return answer


@action(effect="blind")
async def remark(ctx: Context[Acme], order: int, text: str) -> None:
    """Write a remark."""
    await ctx.http.post(f"/orders/{order}/remarks", json={"text": text})


async def _find_shipment(ctx: Context[Acme], order: int) -> dict[str, Any] | None:
    found = await ctx.http.send("GET", f"/shipments/{ctx.effect_id}", accept=[404])
    return None if found.status == 404 else found.json()


@action(effect="checkable", lookup=_find_shipment)
async def ship(ctx: Context[Acme], order: int) -> dict[str, Any]:
    """Ship an order."""
    return await ctx.http.post("/shipments", json={"order": order, "mark": ctx.effect_id})


@action(effect="idempotent", reads=True)
async def get_order(ctx: Context[Acme], order: int) -> Order:
    """Read an order."""
    return await ctx.http.get(f"/orders/{order}", returns=Order)


@action(effect="blind", messages=True)
async def notify(ctx: Context[Acme], contact_id: int, text: str) -> None:
    """Write to a person."""
    await ctx.http.post(f"/contacts/{contact_id}/messages", json={"text": text})


async def _find_parcel(ctx: Context[Acme], order: int) -> dict[str, Any] | None:
    await ctx.store.get("parcels")
    return await _find_shipment(ctx, order)


@action(effect="checkable", lookup=_find_parcel)
async def parcel(ctx: Context[Acme], order: int) -> dict[str, Any]:
    """Ship an order and count it, behind a lock."""
    async with ctx.lock("parcels"):
        await ctx.store.put("parcels", order)
        return await ctx.http.post("/shipments", json={"order": order, "mark": ctx.effect_id})


class Priced(msgspec.Struct):
    """What an answer cost."""

    price: Decimal


@action(effect="idempotent", cost=Cost(field="price"))
async def appraise(ctx: Context[Acme], order: int) -> Priced:
    """Have an order appraised, which costs money."""
    return await ctx.http.post(f"/orders/{order}/appraisals", json={}, returns=Priced)


@action(effect="idempotent", cost=Cost(amount=Decimal(2)))
async def insure(ctx: Context[Acme], order: int) -> None:
    """Insure an order for two dollars."""
    await ctx.http.put(f"/orders/{order}/insurance", json={})


@action(effect="idempotent")
async def stumble(ctx: Context[Acme]) -> None:
    """Raise something that no plugin should."""
    raise ZeroDivisionError("no")


@action(effect="idempotent")
async def refuse(ctx: Context[Acme], secret: str) -> None:
    """Say no."""
    raise ActionFailed(f"no, {secret} is wrong", code="nope")


class Unheard(BaseException):
    """What no plugin should raise."""


@action(effect="idempotent")
async def harm(ctx: Context[Acme], how: str) -> str:
    """Do to the worker what no plugin should."""
    match how:
        case "block":
            time.sleep(3600)  # noqa: ASYNC251
        case "exit":
            os._exit(9)
        case "raise":
            raise Unheard
        case "leave":
            raise SystemExit(3)
        case "cancel":
            raise asyncio.CancelledError
    return "x" * (100_000_000 if how == "huge" else 3_000_000)


async def ask(ctx: Context[Acme], question: Question) -> Reply:
    return await ctx.http.post("/ask", json=question, returns=Reply)


async def prices(ctx: Context[Acme]) -> dict[str, Price]:
    return {"cheap": Price(Decimal(0), Decimal("0.000001"))}


plugin = Plugin(
    "acme",
    doc="A shop.",
    connections=[Acme],
    triggers=[OrderPlaced, OrderChanged],
    actions=[tag, remark, ship, notify, get_order, parcel, appraise, insure, stumble, refuse, harm],
    models=Models(ask=ask, prices=prices),
)
