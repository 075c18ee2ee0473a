"""What `treadle --help` may not load. Times change from machine to machine, names of modules do not."""

import subprocess
import sys

import pytest

HEAVY = {
    "litestar", "saq", "psycopg", "psycopg_pool", "httpx", "aiohttp", "sentry_sdk", "structlog", "rich", "redis",
    "uvicorn", "lark", "pygls", "asyncio", "msgspec", "pluggy", "importlib.metadata",
}  # fmt: skip


def imported(*arguments: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "treadle", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["up", "--help"], ["runs", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    found = imported(*arguments)
    assert "click" in found
    allowed = {"msgspec"} if arguments != ["--help"] else set()  # the values of a command may be declared with it
    assert not (HEAVY - allowed) & found


def test_every_command_of_the_table_exists_and_says_what_it_does() -> None:
    import click

    from treadle.cli.program import ENTRIES, treadle

    context = click.Context(treadle)
    for name, entry in ENTRIES.items():
        command = treadle.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert entry.help.endswith(".")
