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
FORMS = (
    b"a[b][c]=1&a=2", b"&".join(b"k%d=1" % number for number in range(5_000)), b"a" + b"[b]" * 200 + b"=1", b"%zz=1",
    b"a=%ff%fe", b"__proto__[x]=1", b"a=%00", b"k" * 1_000_000, b"=", b"&&&", b"a[]=1&a[0]=2",
)  # fmt: skip
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
ESCAPING = (
    "../a.rule",
    "/etc/a.rule",
    "a/../../b.rule",
    "..\\a.rule",
    "C:\\a.rule",
    "a\0.rule",
    ".git/a.rule",
    "a/.rule",
)
COMMANDS = (
    "' or '1'='1", "'; drop table treadle.runs; --", '"; select pg_sleep(9); --', "1) union select null--",
    "%27%20or%201=1", "\\'; --", "$$; select 1; $$", "%", "_", "a%' --", "(select current_user)", "{{7*7}}", "${7*7}",
    "{% include 'x' %}",
    "\x00", "\ud83d\ude00", "😀" * 500, "-1", "9" * 400, "1e999", "[]", "{}", "null", "2026-13-45", "infinity",
)  # fmt: skip

MATCHING = ("' or '1'='1", "%", "_%", "*", "' or true --", "') or ('1'='1", "$.*", "x') @@ to_tsquery('a", "\\")
"""Texts that would find something, were they more than texts."""


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
    answers = [
        await api.get(path)
        for path in ("/", "/api/docs", "/api/openapi.json", "/api/v1/runs", "/nothing", "/hooks/a/b", "/health/live")
    ]
    answers += [
        await api.get("/api/v1/runs", headers={"authorization": ""}),
        await api.post("/api/v1/groups", content=b"{}", headers={"content-type": "text/plain"}),
        await api.post("/api/v1/groups", content=b"{", headers={"content-type": "application/json"}),
        await api.patch("/api/v1/runs"),
        await api.get("/api/v1/export"),
        await api.post("/hooks/a/b", content=b"x"),
    ]
    kinds = {answer.status_code for answer in answers}
    assert {200, 400, 401, 404, 405, 415} <= kinds
    for answer in answers:
        for name, _ in SAFE:
            assert name.decode() in answer.headers, f"{answer.url} has no {name.decode()}"
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_x21_broken_bodies_are_the_senders_fault(api: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/json"}
    for verb, path, operation in operations(("post", "put", "patch")):
        for body in BROKEN.values() if "requestBody" in operation else ():
            fine(await api.request(verb, filled(path), content=body, headers=kind))


@pytest.fixture
async def hooks(api: httpx.AsyncClient, engine: Engine) -> list[str]:
    """Addresses that deliveries are read at: of an account, and of a rule."""
    fields = {"base_url": "https://127.0.0.1:9", "access_token": "very-secret-token"}
    made = await engine.connections.add("kommo", f"k-{uuid4().hex[:8]}", fields)
    name = f"edge {uuid4().hex[:8]}"
    rule = f'rule "Edge"\n  when webhook "{name}" as hook\n  do\n    log "x"\n'
    assert not (await engine.publish({"edge.rule": rule})).errors
    webhook = engine.webhooks.find(name)
    assert made.hook_url is not None
    assert webhook is not None
    return [made.hook_url, webhook.address]


async def test_x21_broken_deliveries_are_the_senders_fault(api: httpx.AsyncClient, hooks: list[str]) -> None:
    for hook in hooks:
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-7", "a/b"):
            for body in (*BROKEN.values(), *FORMS):
                answer = await api.post(hook, content=body, headers={"content-type": kind})
                fine(answer)
                assert answer.status_code in (202, 400, 413, 415), answer.text


async def test_x20_a_hook_takes_the_form_that_its_service_sends(api: httpx.AsyncClient, hooks: list[str]) -> None:
    form = b"account%5Bid%5D=31000111"
    for kind in (*KINDS, "application/json", "application/x-www-form-urlencodedx"):
        if kind != "application/x-www-form-urlencoded":
            answer = await api.post(hooks[0], content=form, headers={"content-type": kind})
            assert answer.status_code == 415, kind


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
            wanted = (422, "path_invalid") if path.endswith("/files/{path}") and "{id}" not in path else (404, None)
            told = (answer.status_code, answer.json()["code"] if wanted[1] else None)
            assert told == wanted, f"{verb} {path} took {value}: {answer.text}"


async def test_x19_no_name_in_a_body_leads_out(api: httpx.AsyncClient) -> None:
    for name in ESCAPING:
        for path, body in (
            ("publications", {"files": {name: ""}}),
            ("publications?preview=true", {"files": {name: ""}}),
            ("files/move", {"from": name, "to": "a.rule"}),
            ("files/move", {"from": "a.rule", "to": name}),
        ):
            answer = await api.post(f"/api/v1/{path}", json=body)
            assert answer.status_code in (400, 404, 422), f"{path} took {name!r}: {answer.text}"
        assert name not in (await api.get("/api/v1/files")).json()["files"]


async def test_x19_a_set_of_files_has_a_size(api: httpx.AsyncClient) -> None:
    many = {f"{number}.rule": "" for number in range(10_001)}
    for path, files, status in (("publications", many, 400), ("publications", {"a.rule": "a\0b"}, 422)):
        answer = await api.post(f"/api/v1/{path}", json={"files": files})
        assert answer.status_code == status, answer.text
    large = await api.post("/api/v1/publications", json={"files": {"a.rule": "#" * 11_000_000}})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


async def test_x27_texts_are_never_commands(api: httpx.AsyncClient, engine: Engine) -> None:
    """Nothing breaks, and what is a name of nothing finds nothing."""
    await engine.publish({"x27.rule": f'rule "X27 {uuid4().hex}"\n  when by hand\n  do\n    log "x"\n'})
    await api.post("/api/v1/runs", json={"rule": engine.live.programs()[0].graph.name, "args": {}})
    for _, path, operation in operations(("get",)):
        texts = {each["name"]: _is_text(each["schema"]) for each in _asked(operation)}
        for text in COMMANDS if texts else ():
            value = quote(text.encode("utf-8", "surrogatepass"))
            fine(await api.get(f"{filled(path)}?{'&'.join(f'{name}={value}' for name in texts)}"))
        for name, is_text in texts.items():
            for text in MATCHING if is_text else COMMANDS[1:2]:
                answer = await api.get(f"{filled(path)}?{name}={quote(text)}")
                fine(answer)
                found = _listed(answer)
                assert not is_text or not found, f"{path}?{name}={text} found {found[:1]}"
    assert (await api.get("/api/v1/runs")).json()["items"]


def _listed(answer: httpx.Response) -> list[Any]:
    match answer.status_code, answer.headers.get("content-type"):
        case 200, "application/json":
            return list(answer.json().get("items", []))
        case 200, "application/x-ndjson":
            return answer.content.splitlines()
    return []


def _asked(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in operation.get("parameters", ()) if each["in"] == "query"]


def _is_text(schema: dict[str, Any]) -> bool:
    kinds = [schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return any(each.get("type") == "string" and not {"format", "enum"} & each.keys() for each in kinds)


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
