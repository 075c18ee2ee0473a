"""A plugin's Python declarations become the catalogue that the language reads."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest

from treadle.dsl import typesystem as ts
from treadle.dsl import values
from treadle.dsl.catalogue import Cause, Param, Shape
from treadle.sdk import (
    Accepted,
    Causes,
    Connection,
    Context,
    Cost,
    Delivery,
    Event,
    Pick,
    Plugin,
    Refused,
    Secret,
    Trigger,
    action,
    not_carried,
)
from treadle.sdk.schema import plugin_spec


class Acme(Connection, kind="acme", hosts=["api.acme.example"], rate="10/s"):
    """An Acme account."""

    base_url: str = "https://api.acme.example"
    api_key: Secret


class Order(msgspec.Struct):
    """An order as Acme sends it."""

    id: int
    total: Annotated[Decimal, msgspec.Meta(description="with tax")]
    placed_at: datetime
    lines: list[str] = []
    extra: dict[str, Any] = {}
    parent: Annotated[Order | None, not_carried] = None


class OrderPlaced(Trigger[Acme, Order], entity="acme.order:{id}", example={"id": 7, "total": Decimal("1.50")}):
    """An order was placed."""

    def decode(self, delivery: Delivery) -> Accepted[Order] | Refused:
        if delivery.content_type != "application/json":
            return Refused("not JSON", status=415)
        order = msgspec.json.decode(delivery.body, type=Order)
        return Accepted((Event(trigger=OrderPlaced, data=order, key=str(order.id)),))


@action(
    effect="idempotent", causes=[Causes(OrderPlaced, id="order")], writes="acme.order:{order}", example={"order": 7}
)
async def cancel_order(
    ctx: Context[Acme], order: int, shelf: Annotated[str, Pick("shelves")], reason: str | None = None
) -> Order:
    """Cancel an order. Cancelling twice is harmless."""
    return await ctx.http.post(f"/orders/{order}/cancel", json={"reason": reason}, returns=Order)


Columns = Annotated[dict[str, Any], Pick("columns", within="table")]


class Row(msgspec.Struct):
    """A row."""

    table: Annotated[str, Pick("tables"), msgspec.Meta(description="The table.")]
    record: Columns


class RowAdded(Trigger[Acme, Row], params=["table"]):
    """A row was added."""


@action(effect="idempotent", reads=True)
async def select(ctx: Context[Acme], table: str, match: Columns) -> Columns:
    """Select."""
    return {}


ACME = Plugin("acme", connections=[Acme], triggers=[OrderPlaced], actions=[cancel_order])


def test_trigger_takes_its_name_from_the_class() -> None:
    spec = plugin_spec(ACME).triggers["order_placed"]

    assert spec.payload == ts.Named("acme.Order")
    assert spec.entity == "acme.order:{id}"
    assert spec.doc == "An order was placed."


def test_record_fields_keep_type_doc_and_whether_they_are_carried() -> None:
    fields = {field.name: field for field in plugin_spec(ACME).records["Order"].fields}

    assert fields["total"] == ts.Field("total", ts.NUMBER, "with tax")
    assert fields["placed_at"].type == ts.DATETIME
    assert fields["lines"].type == ts.ListOf(ts.TEXT)
    assert fields["extra"].type == ts.MapOf(ts.JSON)
    assert fields["parent"] == ts.Field("parent", ts.Optional(ts.Named("acme.Order")), "", carried=False)


def test_examples_are_whole() -> None:
    spec = plugin_spec(Plugin("acme", triggers=[OrderPlaced], actions=[cancel_order]))

    shown = {"lines": [], "extra": {}, "id": 7, "total": Decimal("1.50")}
    assert values.decode(bytes(spec.examples["Order"])) == shown
    assert values.decode(bytes(spec.triggers["order_placed"].example)) == shown


def test_action_parameters() -> None:
    spec = plugin_spec(ACME).actions["cancel_order"]

    assert [(each.name, each.required, each.pick) for each in spec.params] == [
        ("order", True, None),
        ("shelf", True, "shelves"),
        ("reason", False, None),
    ]
    assert spec.returns == ts.Named("acme.Order")
    assert spec.causes == (Cause("acme.order_placed", {"id": "order"}),)
    assert (spec.writes, spec.sets()) == ("acme.order:{order}", ("shelf", "reason"))
    assert spec.example == msgspec.Raw(b'{"order":7}')


class Bill(msgspec.Struct):
    """What it came to."""

    id: int
    total: Decimal | None
    note: Any


@pytest.mark.parametrize(
    ("field", "says"), [("total", ""), ("note.price", ""), ("id.x", "no number 'id.x'"), ("paid", "'paid'")]
)
def test_a_cost_is_a_number_of_the_result(field: str, says: str) -> None:
    @action(effect="blind", cost=Cost(field=field, currency="eur"))
    async def pay(ctx: Context[Acme], order: int) -> Bill:
        """Pay."""
        raise AssertionError("only its declaration is looked at")

    plugin = Plugin("acme", connections=[Acme], actions=[pay])
    if says:
        with pytest.raises(TypeError, match=says):
            plugin_spec(plugin)
    else:
        assert plugin_spec(plugin).actions["pay"].cost == Cost(field=field, currency="eur")


def test_an_action_that_adds_sets_nothing() -> None:
    @action(effect="idempotent", writes="acme.order:{order}", adds=True, causes=[OrderPlaced])
    async def annotate(ctx: Context[Acme], order: int, text: str) -> None:
        """Annotate."""

    spec = plugin_spec(Plugin("acme", triggers=[OrderPlaced], actions=[annotate])).actions["annotate"]

    assert spec.sets() == ()
    assert spec.causes == (Cause("acme.order_placed"),)


def test_causes_and_writes_name_what_is_there() -> None:
    with pytest.raises(TypeError, match="has no field number"):
        Causes(OrderPlaced, number="order")
    for wrong in ({"writes": "acme.order:{id}"}, {"causes": [Causes(OrderPlaced, id="id")]}):
        with pytest.raises(TypeError, match="no parameter id"):

            @action(effect="idempotent", **wrong)  # type: ignore[arg-type]
            async def close(ctx: Context[Acme], order: int) -> None:
                """Close."""


def test_what_only_the_account_knows() -> None:
    spec = plugin_spec(Plugin("acme", connections=[Acme], triggers=[RowAdded], actions=[select]))

    assert spec.triggers["row_added"].params == (Param("table", ts.TEXT, "The table.", pick="tables"),)
    match = spec.actions["select"].params[1]
    assert (match.pick, match.within) == ("columns", "table")
    columns = Shape("columns", "table")
    assert spec.shapes == {"Row.table": Shape("tables"), "Row.record": columns, "select": columns}


def test_a_type_without_counterpart_is_named_with_its_place() -> None:
    @action(effect="idempotent")
    async def count(ctx: Context[Acme], of: set[int]) -> None:
        """Count."""

    with pytest.raises(TypeError, match=r"acme\.count\(of\)"):
        plugin_spec(Plugin("acme", actions=[count]))


def test_connection_class_arguments() -> None:
    assert (Acme.kind, Acme.hosts, Acme.rate) == ("acme", ("api.acme.example",), "10/s")


def test_a_checkable_action_needs_a_look_up() -> None:
    with pytest.raises(TypeError, match="lookup"):

        @action(effect="checkable")
        async def send(ctx: Context[Acme]) -> None:
            """Send."""


def test_two_actions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two actions"):
        Plugin("acme", actions=[cancel_order, cancel_order])


def test_a_secret_never_prints() -> None:
    connection = Acme(api_key=Secret("hunter2"))

    assert "hunter2" not in f"{connection!r} {connection.api_key} {connection.api_key!r}"
    assert connection.api_key.reveal() == "hunter2"


def test_the_default_receive_asks_each_trigger() -> None:
    body = b'{"id": 7, "total": "1.50", "placed_at": "2026-11-23T10:00:00Z"}'
    delivery = Delivery(
        connection=None, headers={"content-type": "application/json"}, body=body, received_at=datetime.now()
    )

    answer = Acme(api_key=Secret("k")).receive(delivery, [OrderPlaced])

    assert isinstance(answer, Accepted)
    assert answer.events[0].data.total == Decimal("1.50")


def test_a_delivery_that_every_trigger_refuses_is_refused() -> None:
    delivery = Delivery(connection=None, headers={"content-type": "text/plain"}, body=b"", received_at=datetime.now())

    answer = Acme(api_key=Secret("k")).receive(delivery, [OrderPlaced])

    assert answer == Refused("not JSON", status=415)
