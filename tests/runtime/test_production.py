"""X28: what production must not start with, each with one clear line."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from treadle.runtime.embedded import Embedded
from treadle.runtime.engine import open_engine
from treadle.runtime.production import require
from treadle.runtime.settings import Settings, SettingsError

KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {"TREADLE_ENV": "production", "ENCRYPTION_KEY": KEY, "DATABASE_URL": "postgresql://app:x7Gq9@db.example/app"}


def test_a_sound_installation_starts() -> None:
    require(Settings.read(GOOD))
    require(Settings.read(GOOD | {"TREADLE_URL": "https://rules.example", "TREADLE_ALLOW_HOSTS": "10.1.0.0/16"}))
    require(Settings.read(GOOD | {"TREADLE_URL": "http://rules.example", "TREADLE_PROXIES": "10.0.0.0/8"}))


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"ENCRYPTION_KEY": ""}, "ENCRYPTION_KEY is not set"),
        ({"ENCRYPTION_KEY": base64.b64encode(b"short").decode()}, "5 bytes"),
        ({"ENCRYPTION_KEY": base64.b64encode(bytes(32)).decode()}, "not random"),
        ({"ENCRYPTION_KEY": base64.b64encode(b"0123456701234567" * 2).decode()}, "not random"),
        ({"ENCRYPTION_KEY": "no key!"}, "not base64"),
        ({"ENCRYPTION_KEY": "", "ENCRYPTION_KEYS": f"k2:{KEY},k1:{base64.b64encode(b'a' * 32).decode()}"}, "key k1"),
        ({"DATABASE_URL": "postgresql://app@db.example/app"}, "DATABASE_URL has no password"),
        ({"DATABASE_URL": "postgresql://postgres:postgres@db.example/app"}, "everybody knows"),
        ({"TREADLE_URL": "http://rules.example"}, "in the clear"),
        ({"TREADLE_ALLOW_HOSTS": "0.0.0.0/0"}, "nearly everything"),
        ({"TREADLE_ALLOW_HOSTS": "shop.local:80, ::/0"}, "nearly everything"),
    ],
)
def test_x28_bad_settings_do_not_start(bad: dict[str, str], told: str) -> None:
    settings = Settings.read(GOOD | bad)
    with pytest.raises(SettingsError, match=told) as refused:
        require(settings)
    line = str(refused.value)
    assert "\n" not in line
    assert KEY not in line
    assert "x7Gq9" not in line
    require(Settings.read(GOOD | bad | {"TREADLE_ENV": "dev"}))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "work", "up"])
def test_x28_each_process_ends_with_one_line(command: str, tmp_path: Path) -> None:
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("TREADLE", "ENCRYPTION", "DATABASE"))
    }
    environment = kept | GOOD | {"ENCRYPTION_KEY": "", "TREADLE_HOME": str(tmp_path)}
    asked = [sys.executable, "-m", "treadle", command]
    done = subprocess.run(asked, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "ENCRYPTION_KEY is not set" in done.stderr
    assert "x7Gq9" not in done.stdout + done.stderr


async def test_x28_debugging_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PYTHONASYNCIODEBUG", "1")
    with pytest.raises(SettingsError, match="PYTHONASYNCIODEBUG"):
        async with open_engine(Settings.read(GOOD)):
            pass


@pytest.mark.slow
async def test_x28_a_database_that_forgets_does_not_start(tmp_path: Path) -> None:
    server = Embedded(tmp_path / "home")
    server.start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("alter system set full_page_writes = off")  # fsync stands on the server's command line
            connection.execute("select pg_reload_conf()")
            for _ in range(500):
                if connection.execute("show full_page_writes").fetchone() == ("off",):
                    break
                await asyncio.sleep(0.01)
        settings = Settings.read({"TREADLE_ENV": "production", "ENCRYPTION_KEY": KEY}, home=tmp_path / "home")
        with pytest.raises(SettingsError, match="full_page_writes = off"):
            async with open_engine(settings):
                pass
    finally:
        server.stop()
        server.erase()
