"""Each command says the same of a server that it is told of as of the platform that it opens itself."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from treadle.api.app import create_app
from treadle.api.server import bind, serving
from treadle.runtime.engine import open_engine
from treadle.runtime.settings import Settings

RULES = """rule "Remote hello"
  when by hand
  do log "hello"
"""
UNSTEADY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?|\b\d\d:\d\d(?::\d\d)?\b")


@pytest.fixture
def server(database_home: Path) -> Iterator[str]:
    """The address of a server over the same database, in a thread of its own."""
    up, over = threading.Event(), threading.Event()
    told: list[str] = []

    async def serve() -> None:
        async with (
            open_engine(Settings.read({}, home=database_home)) as engine,
            serving(create_app(engine), bind("127.0.0.1", 0)) as url,
        ):
            told.append(url)
            up.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert up.wait(30)
        yield told[0]
    finally:
        over.set()
        thread.join(30)


@pytest.fixture
def rule_file(tmp_path: Path) -> str:
    file = tmp_path / "remote.rules"
    file.write_text(RULES, encoding="utf-8")
    return str(file)


def steady(text: str, url: str) -> str:
    return UNSTEADY.sub("~", text.replace(url, "URL").replace("http://127.0.0.1:8080", "URL"))


def test_commands_say_the_same_both_ways(
    call: Call, server: str, database_home: Path, rule_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (database_home / "key").read_text().strip()
    for command in (
        ("publish", rule_file),
        ("rules", "list"),
        ("rules", "list", "--json"),
        ("rules", "off", "Remote hello"),
        ("rules", "on", "Remote hello"),
        ("rules", "on", "No such rule"),
        ("runs", "list"),
        ("runs", "list", "--json"),
        ("runs", "show", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("events", "list", "--json"),
        ("events", "show", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("send", "no.trigger", rule_file),
        ("approvals", "list", "--json"),
        ("approvals", "approve", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("connections", "list"),
        ("connections", "add", "no-such-plugin"),
        ("connections", "test", "no-such-connection"),
    ):
        monkeypatch.setenv("TREADLE_URL", "")
        monkeypatch.setenv("TREADLE_KEY", "")
        here = call(*command)
        there = call("--url", server, "--key", key, *command)
        assert (there.status, steady(there.out, server), steady(there.err, server)) == (
            here.status, steady(here.out, server), steady(here.err, server),
        ), command  # fmt: skip


def test_a_wrong_key_is_one_sentence(call: Call, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_URL", "")
    monkeypatch.setenv("TREADLE_KEY", "")
    told = call("--url", server, "--key", "trd_nothing", "runs")
    assert told.status == 3
    assert "does not know this key" in told.err
