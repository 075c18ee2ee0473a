"""/export and /import: a workspace as one zip, and what of a zip is not taken."""

from __future__ import annotations

import stat
import zipfile
from base64 import b64encode
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest

from treadle.runtime.engine import Engine
from treadle.runtime.portable.archive import Archive, ArchiveInvalid, PortableConnection, pack, unpack

RULE = 'rule "{name}"\n  when by hand\n  do\n    log "{words}"\n'


def rule(words: str, name: str = "Greet") -> str:
    return RULE.format(name=name, words=words)


@pytest.fixture(autouse=True)
async def _an_empty_workspace(engine: Engine) -> None:
    async with engine.database.pool.connection() as connection:
        await connection.execute("delete from drafts")
    await engine.publication({})


async def bring(api: httpx.AsyncClient, packed: bytes, query: str = "", **body: Any) -> httpx.Response:
    return await api.post(f"/api/v1/import{query}", json={"archive": b64encode(packed).decode(), **body})


def zipped(parts: dict[str, bytes], *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", packing) as archive:
        for name, data in {"treadle.json": b'{"format": 1}', **parts}.items():
            archive.writestr(name, data)
    return made.getvalue()


async def test_a_workspace_goes_out_and_comes_in_again(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"k-{uuid4().hex[:8]}"
    secret = f"planted-{uuid4().hex}"
    fields = {"base_url": "https://127.0.0.1:9", "access_token": secret}
    await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": fields})
    await api.post("/api/v1/publications", json={"files": {"a.rule": rule("a", "A")}})
    await api.put("/api/v1/files/sales/b.rule", json={"text": rule("b", "B")})
    await api.post("/api/v1/rules/A/off")

    out = await api.get("/api/v1/export")
    assert (out.status_code, out.headers["content-type"]) == (200, "application/zip")
    assert (await api.get("/api/v1/export")).content == out.content
    held = unpack(out.content)
    assert held.files == {"a.rule": rule("a", "A"), "sales/b.rule": rule("b", "B")}
    assert name in {each.name for each in held.connections}
    assert held.switches["A"] == "off"
    parts = zipfile.ZipFile(BytesIO(out.content))
    hooks = [each.hook_url for each in await engine.connections.list()]
    for part in parts.namelist():
        told = parts.read(part).decode()
        assert secret not in told
        assert not [hook for hook in hooks if hook in told]

    await api.post("/api/v1/rules/A/on")
    async with engine.database.pool.connection() as connection:
        await connection.execute("delete from drafts")
    await engine.publication({})
    previewed = (await bring(api, out.content, "?preview=true")).json()
    assert [(each["path"], each["meets"]) for each in previewed["files"]] == [
        ("a.rule", "new"),
        ("sales/b.rule", "new"),
    ]
    assert (await api.get("/api/v1/files")).json()["files"] == []
    done = (await bring(api, out.content)).json()
    assert done["done"] is True
    assert {each["path"]: each["state"] for each in (await api.get("/api/v1/files")).json()["files"]} == {
        "a.rule": "new", "sales/b.rule": "new",
    }  # fmt: skip
    assert (await engine.store.switches())["A"] == "off"
    await engine.store.switch_rule("A", None)


async def test_nothing_is_overwritten_silently(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/publications", json={"files": {"a.rule": rule("here"), "b.rule": rule("b", "B")}})
    packed = pack(Archive({"a.rule": rule("there"), "c.rule": rule("c", "C")}))
    refused = await bring(api, packed)
    assert (refused.status_code, refused.json()["code"]) == (409, "would_overwrite")
    assert "a.rule" in refused.json()["detail"]
    states = {each["path"]: each["state"] for each in (await api.get("/api/v1/files")).json()["files"]}
    assert states == {"a.rule": "published", "b.rule": "published"}
    assert (await bring(api, packed, overwrite=True)).status_code == 200
    states = {each["path"]: each["state"] for each in (await api.get("/api/v1/files")).json()["files"]}
    assert states == {"a.rule": "changed", "b.rule": "published", "c.rule": "new"}


def with_entry(**fields: Any) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("treadle.json", b'{"format": 1}')
        about = zipfile.ZipInfo("rules/a.rule")
        for name, value in fields.items():
            setattr(about, name, value)
        archive.writestr(about, b"text")
    return made.getvalue()


REFUSED = {
    "no zip": b"PK rubbish",
    "nothing": b"",
    "half": zipped({"rules/a.rule": b"x" * 5000})[:-60],
    "no head": zipped({"treadle.json": b"{}"}),
    "another format": zipped({"treadle.json": b'{"format": 2}'}),
    "leads out": zipped({"rules/../../etc/a.rule": b"x"}),
    "at the root": zipped({"rules//etc/a.rule": b"x"}),
    "hidden": zipped({"rules/.git/hooks/a.rule": b"x"}),
    "backslash": zipped({"rules/..\\a.rule": b"x"}),
    "no rule file": zipped({"rules/a.sh": b"x"}),
    "something else": zipped({"passwd": b"x"}),
    "bomb": zipped({"rules/a.rule": b"#" * 30_000_000}),
    "big": zipped({f"rules/{n}.rule": bytes(range(256)) * 60_000 for n in range(5)}),
    "many": zipped({f"rules/{n}.rule": b"" for n in range(10_004)}, packing=zipfile.ZIP_STORED),
    "no text": zipped({"rules/a.rule": b"\xff"}),
    "nul": zipped({"rules/a.rule": b"a\0b"}),
    "wrong connections": zipped({"connections.json": b'[{"name": 1}]'}),
    "wrong switches": zipped({"switches.json": b'{"A": "on"}'}),
    "deep": zipped({"connections.json": b"[" * 100_000}),
    "packed otherwise": zipped({"rules/a.rule": b"x"}, packing=zipfile.ZIP_BZIP2),
    "link": with_entry(create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_x6_x19_what_is_no_archive_of_a_workspace_is_refused(api: httpx.AsyncClient, name: str) -> None:
    with pytest.raises(ArchiveInvalid):
        unpack(REFUSED[name])
    if len(REFUSED[name]) < 1_000_000:
        told = await bring(api, REFUSED[name])
        assert (told.status_code, told.json()["code"]) == (422, "archive_invalid"), told.text
    assert (await api.get("/api/v1/files")).json()["files"] == []


def test_two_files_of_one_name_are_refused() -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("treadle.json", b'{"format": 1}')
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("treadle.json", b'{"format": 1}')
    with pytest.raises(ArchiveInvalid, match="two files of one name"):
        unpack(made.getvalue())


def test_the_order_of_what_is_packed_changes_no_byte() -> None:
    one = PortableConnection(name="a", plugin="x", kind="x", settings={"b": 1, "a": 2})
    two = PortableConnection(name="b", plugin="x", kind="x", settings={})
    files = {"a.rule": "1", "b.rule": "2"}
    assert pack(Archive(files, [one, two])) == pack(Archive(dict(reversed(files.items())), [two, one]))
