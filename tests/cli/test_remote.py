"""Each command says the same of a server that it is told of as of the platform that it opens itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.hosting import hosted
from tests.cli.conftest import Call

RULES = """rule "Remote hello"
  when by hand
  do
    log "hello"
"""
UNSTEADY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?|\b\d\d:\d\d(?::\d\d)?\b")


@pytest.fixture
def server(database_home: Path) -> Iterator[str]:
    """The address of a server over the same database, in a thread of its own."""
    with hosted(database_home) as url:
        yield url


@pytest.fixture
def rule_file(tmp_path: Path) -> str:
    file = tmp_path / "remote.rule"
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
        ("start", "No such sequence", "a=1"),
        ("start", "No such sequence", "--each", rule_file),
        ("starts", "list", "--json"),
        ("starts", "pause", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("send", "no.trigger", rule_file),
        ("approvals", "list", "--json"),
        ("approvals", "approve", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("connections", "list", "--json"),
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
    assert call("publish", rule_file).status == 0


def test_a_wrong_key_is_one_sentence(call: Call, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_URL", "")
    monkeypatch.setenv("TREADLE_KEY", "")
    told = call("--url", server, "--key", "trd_nothing", "runs")
    assert told.status == 3
    assert "does not know this key" in told.err
