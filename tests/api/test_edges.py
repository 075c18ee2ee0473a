"""What comes at the edge: broken bodies, foreign content types, paths that climb, texts that would be commands."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from tests.api.declared import document

from treadle.api.app import create_app
from treadle.api.headers import SAFE
from treadle.runtime.engine import Engine

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
ENDLESS = "/api/v1/live"

BROKEN = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "deep inside": b'{"files":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "bad utf-8": b'{"trigger":"\xff\xfe","data":{}}',
    "lone surrogate": b'{"trigger":"\\ud800","data":{"a":"\\udfff"}}',
    "nul": b'{"trigger":"a\\u0000b","data":{"a":"\\u0000"}}',
    "huge int": b'{"trigger":"a.b","data":' + b"9" * 5_000 + b"}",
    "huge exponent": b'{"trigger":"a.b","data":1e999999999}',
    "not a number": b'{"trigger":"a.b","data":NaN}',
    "cut off": b'{"trigger":"a.b","da',
    "two values": b"{}{}",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "nothing": b"",
    "twice": b'{"trigger":"a.b","trigger":"c.d","data":{}}',
    "bom": b'\xef\xbb\xbf{"trigger":"a.b","data":{}}',
}
KINDS = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "application/json-patch+json", "application/jsonx", "text/json", "*/*", "", "application/x-msgpack", "text/html",
)  # fmt: skip
CLIMBING = (
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "a%00b",
    "%2fetc%2fpasswd",
    "..%5c..",
    "%c0%ae",
    "~",
)
COMMANDS = (
    "' or '1'='1", "'; drop table treadle.runs; --", '"; select pg_sleep(9); --', "1) union select null--",
    "%27%20or%201=1", "\\'; --", "$$; select 1; $$", "%", "_", "a%' --", "(select current_user)", "{{7*7}}", "${7*7}",
    "{% include 'x' %}",
    "\x00", "\ud83d\ude00", "😀" * 500, "-1", "9" * 400, "1e999", "[]", "{}", "null", "2026-13-45", "infinity",
)  # fmt: skip


def operations(verbs: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for verb in verbs:
            if verb in item and path.startswith("/api/v1") and path != ENDLESS:
                yield verb, path, item[verb]


def filled(path: str, value: str = ID) -> str:
    return re.sub(r"\{\w+\}", value, path)


def fine(answer: httpx.Response) -> None:
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"


async def test_x18_every_answer_has_the_headers(api: httpx.AsyncClient) -> None:
    for path in ("/", "/api/docs", "/api/openapi.json", "/api/v1/runs", "/nothing", "/hooks/a/b", "/health/live"):
        answer = await api.get(path)
        for name, _ in SAFE:
            assert name.decode() in answer.headers, f"{path} has no {name.decode()}"
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", BROKEN)
async def test_x21_broken_bodies_are_the_senders_fault(api: httpx.AsyncClient, name: str) -> None:
    bodies = {"content-type": "application/json"}
    for verb, path, operation in operations(("post", "put", "patch")):
        if "requestBody" in operation:
            answer = await api.request(verb, filled(path), content=BROKEN[name], headers=bodies)
            fine(answer)
    fine(await api.post("/hooks/a/b", content=BROKEN[name], headers=bodies))


async def test_x20_only_json_is_taken(api: httpx.AsyncClient) -> None:
    for verb, path, operation in operations(("post", "put", "patch")):
        if set(operation.get("requestBody", {}).get("content", ())) != {"application/json"}:
            continue
        for kind in KINDS:
            answer = await api.request(verb, filled(path), content=b"{}", headers={"content-type": kind})
            assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type"), f"{verb} {path} {kind}"


async def test_x19_no_path_leads_out(api: httpx.AsyncClient) -> None:
    for verb, path, operation in operations(("get", "delete", "post", "put", "patch")):
        if "{" not in path:
            continue
        for value in CLIMBING:
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            body = None if example is None else json.dumps(example).encode()
            kind = {"content-type": "application/json"} if body else {}
            answer = await api.request(verb, filled(path, value), content=body, headers=kind)
            fine(answer)
            assert answer.status_code >= 400, f"{verb} {path} took {value}"
            assert "root:" not in answer.text


async def test_x27_texts_are_never_commands(api: httpx.AsyncClient) -> None:
    for _, path, operation in operations(("get",)):
        names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        for text in COMMANDS if names else ():
            query = "&".join(f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}" for name in names)
            fine(await api.get(f"{filled(path)}?{query}"))
        for name in names:
            fine(await api.get(f"{filled(path)}?{name}={quote(COMMANDS[1])}"))
    assert (await api.get("/api/v1/runs")).status_code == 200


async def test_x4_text_that_looks_like_a_template_stays_text(api: httpx.AsyncClient, engine: Engine) -> None:
    told = "{{7*7}} ${7*7} {% include 'x' %} {name} %s #{1} <script>1</script> \\u0000"
    name = f"X4 {uuid4().hex[:8]}"
    text = f'event probe\n  text: text\n\nrule "{name}"\n  when probe as it\n  do\n    log "{{it.text}}"\n'
    published = await api.post("/api/v1/publications", json={"files": {"x4.rule": text}})
    assert published.status_code == 201, published.text
    receipt = (await api.post("/api/v1/events", json={"trigger": "event.probe", "data": {"text": told}})).json()
    event = (await api.get(f"/api/v1/events/{receipt['events'][0]}")).json()
    assert event["data"]["text"] == told


async def test_x21_wrong_methods_are_405(engine: Engine) -> None:
    transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example") as http:
        for path, item in document()["paths"].items():
            for verb in {"get", "put", "patch", "delete", "post"} - item.keys():
                answer = await http.request(verb, filled(path))
                assert answer.status_code in {404, 405}, f"{verb} {path}: {answer.status_code}"
                assert answer.headers["content-type"] == "application/problem+json"


async def test_x21_a_query_that_is_no_text_is_refused(engine: Engine) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/v1/runs", "raw_path": b"/api/v1/runs", "root_path": "",
        "query_string": b"rule=\xff\xfe", "headers": [], "http_version": "1.1", "scheme": "http",
        "server": ("t.example", 80), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}, "state": {},
    }  # fmt: skip
    await create_app(engine)(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["code"] == "bad_request"
