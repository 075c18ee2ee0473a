"""Plants secrets, walks every way of failing, and writes down all that can be seen afterwards; a program of its own,
because logs and Sentry are one per process. Arguments: TREADLE_HOME, DSN, the folder to write into.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import sentry_sdk
import structlog

from treadle.api.app import create_app
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.logs import configure
from treadle.runtime.settings import Settings

MARK = "Canary"
BOUND = "127.0.0.1:9"
"""Where nobody listens: every call fails."""


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


async def walk(engine: Engine, folder: Path) -> None:
    """Plant, fail, look."""
    secrets = planted()
    key = (engine.settings.home / "key").read_text().strip()
    transport = httpx.ASGITransport(create_app(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example", headers=headers) as http:
        told = [await _asked(http, *each) for each in failing(secrets)]
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


def failing(secrets: list[str]) -> list[tuple[str, str, Any]]:
    """Requests that bring secrets and fail, or keep them: connections, passwords, deliveries, broken bodies."""
    connections = [
        (
            "POST",
            "/api/v1/connections",
            {"plugin": "openrouter", "name": f"leak-{n}", "fields": {"api_key": secret, "base_url": f"http://{BOUND}"}},
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
    settings = Settings.read({"SENTRY_DSN": dsn}, home=Path(home), most_requests=0, allow_hosts=BOUND)
    async with open_engine(settings) as engine:
        configure(settings, engine.redactor)
        await walk(engine, Path(folder))
    sentry_sdk.flush(10)
    print(json.dumps({"planted": len(planted())}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
