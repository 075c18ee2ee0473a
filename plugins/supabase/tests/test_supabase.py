"""The plugin against a small stand-in that answers as PostgREST and its gateway do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest

from treadle.dsl.catalogue import Shape
from treadle.sdk import ActionFailed, Answer, InDoubt, Secret
from treadle.sdk.schema import plugin_spec
from treadle_supabase import plugin, rest
from treadle_supabase.connection import Supabase

BASE = "https://project.supabase.test"
DEFINITIONS = {
    "orders": {
        "required": ["id", "status"],
        "type": "object",
        "properties": {
            "id": {"type": "integer", "format": "bigint", "description": "Note: this is a primary key"},
            "status": {"type": "string", "format": "text"},
            "total": {"type": "number", "format": "numeric"},
            "paid_at": {"type": "string", "format": "timestamp with time zone"},
            "due": {"type": "string", "format": "date"},
            "rush": {"type": "boolean", "format": "boolean"},
            "items": {"format": "jsonb"},
            "labels": {"type": "array", "format": "text[]", "items": {"type": "string"}},
        },
    },
    "audit": {"type": "object", "properties": {"order_id": {"type": "integer", "format": "integer"}}},
}
ORDERS = [{"id": 7, "status": "paid", "note": None}, {"id": 8, "status": "paid", "note": "x"}]


class Service:
    """A table `orders` with a key, filtered by equality; anything else is told by `answer`."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = [dict(row) for row in ORDERS]
        self.answer: tuple[int, Any] | None = None
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self.asked.append((scope["method"], scope["path"], query, headers))
        status, answer = self.answer or self._answer(scope["method"], scope["path"], query, headers, body)
        sent = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        kind = (b"content-type", b"application/json; charset=utf-8")
        await send({"type": "http.response.start", "status": status, "headers": [kind]})
        await send({"type": "http.response.body", "body": sent})

    def _answer(self, method: str, path: str, query: Any, headers: Any, body: bytes) -> tuple[int, Any]:
        if headers.get("apikey") != "sb_secret_good":
            return 401, {"message": "Invalid API key", "hint": "Double check your API key."}
        if path == "/rest/v1/":
            return 200, {"swagger": "2.0", "definitions": DEFINITIONS}
        if path == "/rest/v1/rpc/close_month":
            return 200, {"closed": msgspec.json.decode(body)["month"]}
        if path != "/rest/v1/orders":
            hint = "Perhaps you meant the table 'public.orders'"
            message = "Could not find the table 'public.order' in the schema cache"
            return 404, {"code": "PGRST205", "details": None, "hint": hint, "message": message}
        if method == "GET":
            return 200, [row for row in self.rows if self._fits(row, query)][: int(query["limit"])]
        if method in ("PATCH", "DELETE"):
            return self._change(msgspec.json.decode(body) if body else None, query, headers["prefer"])
        return self._write(msgspec.json.decode(body), headers["prefer"])

    @staticmethod
    def _fits(row: Any, query: dict[str, str]) -> bool:
        wanted = {name: value for name, value in query.items() if name not in ("limit", "order", "select")}
        return all(
            row[name] is None if value == "is.null" else f"eq.{row[name]}" == value for name, value in wanted.items()
        )

    def _change(self, values: Any, query: Any, prefer: str) -> tuple[int, Any]:
        found = [row for row in self.rows if self._fits(row, query)]
        if len(found) > int(prefer.rpartition("=")[2]):
            message = "Query result exceeds max-affected preference constraint"
            return 400, {"code": "PGRST124", "details": f"The query affects {len(found)} rows", "message": message}
        self.rows = [row for row in self.rows if row not in found]
        if values is not None:
            found = [{**row, **values} for row in found]
            self.rows += found
        return 200, found

    def _write(self, rows: list[dict[str, Any]], prefer: str) -> tuple[int, Any]:
        known = {row["id"] for row in self.rows}
        if "merge-duplicates" not in prefer and (found := next((row for row in rows if row["id"] in known), None)):
            message = 'duplicate key value violates unique constraint "orders_pkey"'
            details = f"Key (id)=({found['id']}) already exists."
            return 409, {"code": "23505", "details": details, "hint": None, "message": message}
        ids = {row["id"] for row in rows}
        self.rows = [row for row in self.rows if row["id"] not in ids] + rows
        return 201, rows


class Http:
    """`ctx.http` over the stand-in."""

    def __init__(self, service: Service, connection: Supabase) -> None:
        self.service, self.connection = service, connection

    async def send(
        self, method: str, url: str, *, json: Any = None, params: Any = None, headers: Any = None, accept: Any = ()
    ) -> Answer:
        sent = {**self.connection.authorize(), **(headers or {})}
        content = None if json is None else msgspec.json.Encoder(decimal_format="number").encode(json)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.service)) as client:
            got = await client.request(method, BASE + url, content=content, params=params, headers=sent)
        assert got.status_code < 400 or got.status_code in accept
        return Answer(got.status_code, dict(got.headers), got.content)


@pytest.fixture
def service() -> Service:
    return Service()


def context(service: Service, key: str = "sb_secret_good") -> Any:
    connection = Supabase(base_url=BASE, service_role_key=Secret(key))
    versions: list[str] = []
    http = Http(service, connection)
    return SimpleNamespace(connection=connection, http=http, wrote=versions.append, versions=versions)


async def do(service: Service, action: str, **arguments: Any) -> Any:
    return await plugin.actions[action].call(context(service), **arguments)


async def test_select_one(service: Service) -> None:
    assert await do(service, "select_one", table="orders", match={"id": 7}) == ORDERS[0]
    assert service.asked[0][:3] == ("GET", "/rest/v1/orders", {"id": "eq.7", "limit": "2"})


@pytest.mark.parametrize(("match", "code"), [({"id": 9}, "not_found"), ({"status": "paid"}, "several")])
async def test_select_one_of_none_and_of_several(service: Service, match: Any, code: str) -> None:
    with pytest.raises(ActionFailed) as failed:
        await do(service, "select_one", table="orders", match=match)
    assert failed.value.code == code


async def test_select(service: Service) -> None:
    assert await do(service, "select", table="orders") == ORDERS
    assert await do(service, "select", table="orders", match={"note": None}) == ORDERS[:1]
    assert await do(service, "select", table="orders", order="id.desc", limit=1) == ORDERS[:1]
    assert service.asked[-1][2] == {"limit": "1", "order": "id.desc"}
    assert await do(service, "select", table="orders", match={"id": 99}) == []


async def test_insert(service: Service) -> None:
    row = {"id": 9, "status": "new", "total": Decimal("12.50")}
    assert await do(service, "insert", table="orders", rows=[row]) == [
        {"id": 9, "status": "new", "total": Decimal("12.50")}
    ]
    assert service.asked[0][3]["prefer"] == "return=representation"
    assert len(service.rows) == 3


async def test_insert_of_a_row_that_is_there(service: Service) -> None:
    with pytest.raises(ActionFailed) as failed:
        await do(service, "insert", table="orders", rows=[{"id": 7}])
    assert failed.value.code == "duplicate"
    assert "Key (id)=(7) already exists" in failed.value.message


async def test_upsert_twice_is_once(service: Service) -> None:
    for _ in range(2):
        await do(service, "upsert", table="orders", rows=[{"id": 7, "status": "sent"}], key=["id"])
    assert [row for row in service.rows if row["id"] == 7] == [{"id": 7, "status": "sent"}]
    assert service.asked[0][2] == {"on_conflict": "id"}


@pytest.mark.parametrize("action", ["insert", "upsert"])
async def test_no_rows(service: Service, action: str) -> None:
    more = {"key": ["id"]} if action == "upsert" else {}
    with pytest.raises(ActionFailed):
        await do(service, action, table="orders", rows=[], **more)
    assert service.asked == []


async def test_update_and_delete(service: Service) -> None:
    written = await do(service, "update", table="orders", match={"id": 7}, set={"status": "sent"})
    assert written == [{"id": 7, "status": "sent", "note": None}]
    method, _, query, headers = service.asked[0]
    assert (method, query) == ("PATCH", {"id": "eq.7"})
    assert headers["prefer"] == "return=representation, handling=strict, max-affected=1"
    assert await do(service, "delete", table="orders", match={"id": 7}) == written
    assert await do(service, "delete", table="orders", match={"id": 7}) == []
    assert service.asked[-1][0] == "DELETE"


async def test_more_rows_than_meant_are_left_alone(service: Service) -> None:
    service.rows.append({"id": 9, "status": "paid", "note": None})
    with pytest.raises(ActionFailed) as failed:
        await do(service, "delete", table="orders", match={"status": "paid"}, at_most=2)
    assert failed.value.code == "too_many"
    assert len(await do(service, "delete", table="orders", match={"status": "paid"}, at_most=3)) == 3


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("update", {"match": {}, "set": {"a": 1}}),
        ("update", {"match": {"id": 1}, "set": {}}),
        ("delete", {"match": {}}),
        ("delete", {"match": {"id": 1}, "at_most": 0}),
    ],
)
async def test_a_change_says_which_rows(service: Service, action: str, arguments: Any) -> None:
    with pytest.raises(ActionFailed):
        await do(service, action, table="orders", **arguments)
    assert service.asked == []


async def test_call_function(service: Service) -> None:
    found = await do(service, "call_function", function="close_month", arguments={"month": "2026-11"})
    assert found == {"closed": "2026-11"}


async def test_a_table_that_is_not_there(service: Service) -> None:
    with pytest.raises(ActionFailed) as failed:
        await do(service, "select", table="order")
    assert failed.value.code == "no_table"
    assert "Perhaps you meant the table 'public.orders'" in failed.value.message


@pytest.mark.parametrize(
    ("value", "filter"),
    [
        (None, "is.null"),
        (True, "is.true"),
        (7, "eq.7"),
        (Decimal("1E+3"), "eq.1000"),
        ("a,b&c", "eq.a,b&c"),
        (datetime(2026, 1, 5, 9, 0, tzinfo=UTC), "eq.2026-01-05T09:00:00+00:00"),
    ],
)
def test_filters(value: Any, filter: str) -> None:
    assert rest.filters({"column": value}) == [("column", filter)]


def test_odd_columns() -> None:
    assert rest.filters({'my "col"': 1}) == [('"my \\"col\\""', "eq.1")]


@pytest.mark.parametrize("match", [{"a": [1]}, {"a": {"b": 1}}, {"select": "x"}, {"or": "(a.eq.1)"}])
def test_what_cannot_be_compared(match: Any) -> None:
    with pytest.raises(ActionFailed):
        rest.filters(match)


async def test_a_table_name_stays_one_step_of_the_path(service: Service) -> None:
    with pytest.raises(ActionFailed):
        await do(service, "select", table="orders?id=eq.7")
    assert service.asked[0][1] == "/rest/v1/orders?id=eq.7"  # one name, its sign decoded, no query of its own
    assert service.asked[0][2] == {"limit": "100"}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"message": "JWT expired", "code": "PGRST303", "details": None, "hint": None}, "unauthorized"),
        (403, {"message": "permission denied for table orders", "code": "42501", "hint": "GRANT it"}, "forbidden"),
        (402, {"message": "exceed_egress_quota"}, "payment_required"),
        (414, b"URI too long", "refused"),
        (300, {"message": "ambiguous", "code": "PGRST201", "details": [{"x": 1}]}, "refused"),
    ],
)
async def test_refusals(service: Service, status: int, body: Any, code: str) -> None:
    service.answer = (status, body)
    with pytest.raises(ActionFailed) as failed:
        await do(service, "select", table="orders")
    assert failed.value.code == code


async def test_429_and_answers_of_another_shape(service: Service) -> None:
    for answer in ((429, {"message": "too many"}), (200, {"not": "rows"})):
        service.answer = answer
        with pytest.raises(InDoubt):
            await do(service, "select", table="orders")


async def test_the_connection(service: Service) -> None:
    ctx = context(service)
    assert await ctx.connection.test(ctx) == "Connected. 2 tables and views can be reached."
    assert [each.name for each in (await ctx.connection.look_up(ctx))["tables"]] == ["audit", "orders"]
    service.answer = (404, {"code": "PGRST126", "message": "Root endpoint metadata is disabled"})
    assert (await ctx.connection.test(ctx)).startswith("Connected.")
    assert (await ctx.connection.look_up(ctx))["tables"] == []


async def test_columns_have_the_language_s_types(service: Service) -> None:
    ctx = context(service)
    columns = (await ctx.connection.look_up(ctx))["columns"]
    assert {(each.within, each.name): each.type for each in columns} == {
        ("audit", "order_id"): "int?",
        ("orders", "id"): "int",
        ("orders", "status"): "text",
        ("orders", "total"): "number?",
        ("orders", "paid_at"): "datetime?",
        ("orders", "due"): "date?",
        ("orders", "rush"): "bool?",
        ("orders", "items"): "json",
        ("orders", "labels"): "json",
    }


async def test_a_wrong_key(service: Service) -> None:
    ctx = context(service, "sb_secret_bad")
    with pytest.raises(ActionFailed) as failed:
        await ctx.connection.test(ctx)
    assert (failed.value.code, "Invalid API key" in failed.value.message) == ("unauthorized", True)


def test_where_each_kind_of_key_goes(service: Service) -> None:
    assert context(service, "sb_secret_x\n").connection.authorize() == {"apikey": "sb_secret_x"}
    assert context(service, "eyJ0").connection.authorize() == {"apikey": "eyJ0", "authorization": "Bearer eyJ0"}


def test_the_declarations() -> None:
    spec = plugin_spec(plugin)
    classes = {name: action.effect for name, action in spec.actions.items() if not action.reads}
    assert classes == {
        "insert": "blind",
        "upsert": "idempotent",
        "update": "idempotent",
        "delete": "idempotent",
        "call_function": "blind",
    }
    assert all(action.example and action.doc for action in plugin.actions.values())
    columns = Shape("columns", "table")
    assert spec.shapes["AddedRow.record"] == spec.shapes["select_one"] == spec.shapes["select"] == columns
    assert [each.name for each in spec.triggers["row_inserted"].params] == ["table"]
    for trigger in plugin.triggers.values():
        msgspec.convert(trigger.example, trigger.payload)
