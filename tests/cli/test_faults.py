"""How a command ends: one line on standard error, a status, never a traceback."""

import subprocess
import sys
from pathlib import Path

import click
import httpx
import pytest

from treadle.api.server import PortTaken
from treadle.cli.faults import InputFault, WorldFailed, guarded
from treadle.runtime.ports import StoreDown
from treadle.runtime.settings import SettingsError


def treadle(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    import os

    command = [sys.executable, "-m", "treadle", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **environ})


def test_a_wrong_name_is_wrong_use_with_a_suggestion() -> None:
    done = treadle("chek", "x.rule")
    assert done.returncode == 2
    assert "Did you mean 'check'?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_file_is_wrong_use() -> None:
    done = treadle("check", "/nowhere/at/all.rule")
    assert done.returncode == 2
    assert "/nowhere/at/all.rule" in done.stderr


def test_an_empty_folder_has_faults(tmp_path: Path) -> None:
    done = treadle("check", str(tmp_path))
    assert done.returncode == 1
    assert "No rule file" in done.stderr


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    done = treadle("runs", "list", TREADLE_HOME=str(tmp_path), PORT="http")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: PORT is 'http'")
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_is_not_there_is_the_worlds_fault(tmp_path: Path) -> None:
    done = treadle("runs", "list", TREADLE_HOME=str(tmp_path), TREADLE_URL="http://127.0.0.1:9", TREADLE_KEY="trd_x")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (InputFault("line 3 is odd"), 1, "line 3 is odd"),
        (click.UsageError("no such thing"), 2, "no such thing"),
        (SettingsError("PORT is odd."), 2, "PORT is odd."),
        (WorldFailed("no network"), 3, "no network"),
        (StoreDown("refused"), 3, "The database cannot be reached. refused"),
        (PortTaken("8080 is taken"), 3, "8080 is taken"),
        (httpx.ConnectError("refused"), 3, "does not answer"),
        (PermissionError(13, "Permission denied", "/etc/x"), 3, "Permission denied: /etc/x"),
        (ZeroDivisionError("division by zero"), 3, "ZeroDivisionError: division by zero"),
    ],
)
def test_each_failure_has_its_status_and_its_line(
    failure: Exception, status: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TREADLE_DEBUG", raising=False)

    def fails() -> None:
        raise failure

    assert guarded(fails) == status
    told = capsys.readouterr().err
    assert words in told
    assert len(told.splitlines()) == 1


def test_the_trace_is_there_for_whoever_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLE_DEBUG", "1")

    def fails() -> None:
        raise ZeroDivisionError("division by zero")

    assert guarded(fails) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_plugins_own_command_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from treadle.cli.extensions import plugin_command
    from treadle.runtime.host import PluginHost
    from treadle.sdk.hookspecs import hookimpl

    class Brings:
        @hookimpl
        def commands(self) -> list[click.Command]:
            return [click.Command("dance")]

    host = PluginHost.of([])
    host.manager.register(Brings())
    monkeypatch.setattr(PluginHost, "load", classmethod(lambda _cls: host))
    found = plugin_command("dance")
    assert found is not None
    assert found.name == "dance"
    assert plugin_command("sing") is None
