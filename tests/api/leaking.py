"""Plants secrets, walks every way of failing, and writes down all that can be seen afterwards; a program of its own,
because logs and Sentry are one per process. Arguments: TREADLE_HOME, DSN, the folder to write into.
"""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import httpx
import psycopg
import sentry_sdk
import structlog

from treadle.api.app import create_app
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.logs import configure
from treadle.runtime.settings import Settings

MARK = "Canary"
ECHOED = (0, 1, 2, 4, 5)
"""Secrets whose service says them back, in every form."""
RULE = """use kommo "echo-{n}" as crm

rule "Leak {n}"
  when by hand
  do
    try
      crm.add_note(lead_id: 1, text: "Hi")
    on error as fault
      log "{{fault.code}}: {{fault.message}}"
    crm.get_lead(lead_id: 1)
"""


def planted() -> list[str]:
    """Twenty secrets of every shape: plain, with characters that are escaped, long, of every alphabet."""
    shapes = (
        "plain{}",
        "sk-or-v1-{}aaaaaaaaaaaaaaaa",
        "a+b/c={}==",
        'quo"te\\{}',
        "ümläut{}",
        "sp ace {} %&?",
        "{}" + "x" * 300,
    )
    return [f"{MARK}{number:02d}" + shapes[number % len(shapes)].format(f"Zq{number:02d}w") for number in range(20)]


async def walk(engine: Engine, folder: Path, service: str) -> None:
    """Plant, fail, look."""
    secrets = planted()
    key = (engine.settings.home / "key").read_text().strip()
    transport = httpx.ASGITransport(create_app(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example", headers=headers) as http:
        told = [await _asked(http, *each) for each in failing(secrets, service)]
        runs = await started(engine, http, secrets, service)
        await worked(http, runs, folder)
        for run in runs:
            told += [await _asked(http, "GET", f"/api/v1/runs/{run}{more}", None) for more in ("", "/graph", "/test")]
        engine.connections.test = _breaking(secrets)  # type: ignore[method-assign]
        for number in range(10):
            told.append(await _asked(http, "POST", f"/api/v1/connections/leak-{number}/test", None))
        for error in (RuntimeError(secrets[0]), ValueError({"deep": [secrets[3]]})):
            try:
                raise error
            except (RuntimeError, ValueError) as caught:
                structlog.get_logger("treadle.test").error("failed", header=f"Bearer {secrets[1]}", exc_info=caught)
        document = (await http.get("/api/openapi.json")).json()
        for path, item in document["paths"].items():
            if "get" in item and "{" not in path and path not in ("/api/v1/live", "/api/v1/oauth/callback"):
                told.append(await _asked(http, "GET", path, None))
    (folder / "answers").write_text("\n".join(told), encoding="utf-8")
    (folder / "database").write_text(await dumped(engine), encoding="utf-8")


def failing(secrets: list[str], service: str) -> list[tuple[str, str, Any]]:
    """Requests that bring secrets and fail, or keep them: connections, passwords, deliveries, broken bodies."""
    connections = [
        (
            "POST",
            "/api/v1/connections",
            {
                "plugin": "openrouter",
                "name": f"leak-{n}",
                "fields": {"api_key": secret, "base_url": f"http://{service}"},
            },
        )
        for n, secret in enumerate(secrets[:10])
    ]
    return [
        *connections,
        *connections[:1],
        ("POST", "/api/v1/connections", {"plugin": "openrouter", "fields": {"no_field": "x", "api_key": secrets[0]}}),
        *(("POST", "/api/v1/session", {"email": "a@b.example", "password": each}) for each in secrets[10:13]),
        ("POST", "/api/v1/users", {"email": "leak@b.example", "name": "L", "role": "viewer", "password": secrets[13]}),
        ("PUT", "/api/v1/session/password", {"old": secrets[14], "new": secrets[15]}),
        ("POST", "/api/v1/invitations/accept", {"token": secrets[16], "name": "L", "password": secrets[17]}),
        ("POST", f"/hooks/leak-0/{MARK}19-hook", {"a": 1}),
        ("POST", f"/hooks/web/none/{MARK}19-hook", {"a": 1}),
        ("POST", "/api/v1/session", {"password": [secrets[18]]}),
        *(("POST", f"/api/v1/connections/leak-{number}/test", None) for number in range(3)),
    ]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that says the credentials back as it refuses them: as they are, in base64, quoted for a URL."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    key = {name.lower(): value for name, value in fields.items()}.get("authorization", "").removeprefix("Bearer ")
    await reader.readexactly(int(fields.get("Content-Length", "0")))
    forms = [key, base64.b64encode(key.encode()).decode(), quote(key, safe="")]
    body = json.dumps({"title": "No", "detail": " ".join(forms), "key": key}).encode()
    writer.write(b"HTTP/1.1 400 No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    writer.write_eof()


async def started(engine: Engine, http: httpx.AsyncClient, secrets: list[str], service: str) -> list[str]:
    """Runs of rules whose connections are refused like that; their ids."""
    files = {}
    for n in ECHOED:
        fields = {"base_url": f"http://{service}", "access_token": secrets[n]}
        await engine.connections.add("kommo", f"echo-{n}", fields)
        files[f"leak{n}.rule"] = RULE.format(n=n)
    published = await http.post("/api/v1/publications", json={"files": files})
    assert published.status_code == 201, published.text
    begun = [await http.post("/api/v1/runs", json={"rule": f"Leak {n}", "args": {}}) for n in ECHOED]
    return [each.json()["run"] for each in begun]


async def worked(http: httpx.AsyncClient, runs: list[str], folder: Path) -> None:
    """A worker in a process of its own drives the runs to their end; then the command line takes the workspace away."""
    with (folder / "worker").open("wb") as said:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "treadle", "work", "--host", "127.0.0.1", "--port", "0"), stdout=said, stderr=said
        )
        async with asyncio.timeout(60):
            while True:
                over = (await http.get("/api/v1/runs", params={"status": "failed", "limit": 200})).json()["items"]
                if {each["id"] for each in over} >= set(runs):
                    break
                await asyncio.sleep(0.1)
        worker.terminate()
        await worker.wait()
    command = (sys.executable, "-m", "treadle", "export", str(folder / "zip"))
    assert await (await asyncio.create_subprocess_exec(*command)).wait() == 0
    with ZipFile(folder / "zip") as zipped:
        parts = [f"{name} {zipped.read(name).decode()}" for name in zipped.namelist()]
    (folder / "export").write_text("\n".join(parts), encoding="utf-8")


def _breaking(secrets: list[str]) -> Any:
    async def test(name: str) -> str:
        raise RuntimeError(f"refused with {secrets[int(name.rpartition('-')[2])]}")

    return test


async def _asked(http: httpx.AsyncClient, method: str, path: str, body: Any) -> str:
    answer = await http.request(method, path, **({} if body is None else {"json": body}))
    return f"{answer.status_code} {answer.headers} {answer.content.decode('utf-8', 'replace')}"


async def dumped(engine: Engine) -> str:
    """Every row of every table, as the workspace sees it."""
    async with await psycopg.AsyncConnection.connect(engine.database.url) as connection:
        await connection.execute("select set_config('treadle.workspace', %s, false)", [str(engine.store.workspace_id)])
        names = await (
            await connection.execute(
                "select tablename from pg_tables where schemaname = 'treadle' and tablename <> 'alembic_version'"
            )
        ).fetchall()
        rows = []
        for (name,) in names:
            found = await connection.execute(f'select row_to_json(each)::text from treadle."{name}" as each'.encode())
            rows += [f"{name} {row[0]}" for row in await found.fetchall()]
        return "\n".join(rows)


async def main(home: str, dsn: str, folder: str) -> None:
    service = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = service.sockets[0].getsockname()
    given = {"SENTRY_DSN": dsn, "TREADLE_ALLOW_HOSTS": f"{host}:{port}", "TREADLE_HOME": home}
    os.environ.update(given)
    settings = Settings.read(given, home=Path(home), most_requests=0)
    async with service, open_engine(settings) as engine:
        configure(settings, engine.redactor)
        await walk(engine, Path(folder), f"{host}:{port}")
    sentry_sdk.flush(10)
    print(json.dumps({"planted": len(planted())}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
