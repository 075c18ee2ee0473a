"""A home per test, and a platform connected to a simulated Kommo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.processes import Home, free_port, home_in, request, until

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An installation with nothing running."""
    with home_in(tmp_path) as made:
        yield made


class Kommo:
    """The simulated account of a home: its address, the fields to connect with, the hook that it delivers to."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.hook = ""
        self.fields: list[str] = []

    def start(self) -> None:
        """`treadle simulate kommo`; returns when it answers."""
        self.home.environment["TREADLE_ALLOW_HOSTS"] = f"127.0.0.1:{self.port}"
        self.home.start("simulate", "kommo", "--port", str(self.port))
        said = until("the simulator answers", lambda: self._answers() and self.home.output())
        (line,) = re.findall(r"connections add kommo (.*)", said)
        self.fields = line.split()

    def connect(self) -> None:
        """A connection to it, made as a person would."""
        secret = next(field for field in self.fields if field.startswith("access_token="))
        fields = [field for field in self.fields if field != secret]
        token = secret.partition("=")[2]
        done = self.home.run("connections", "add", "kommo", *fields, "access_token=-", stdin=f"{token}\n")
        assert done.returncode == 0, done.stdout + done.stderr
        (made,) = self.home.json("connections", "list")
        assert made["plugin"] == "kommo"
        self.hook = made["hook_url"]

    def effects(self) -> list[dict[str, object]]:
        """The writes that it received."""
        found = request("GET", f"{self.url}/_test/effects").json
        return list(found)

    def _answers(self) -> bool:
        try:
            return request("GET", f"{self.url}/_test/effects", timeout=2).status == 200
        except OSError:
            return False


@pytest.fixture
def kommo(home: Home) -> Kommo:
    """A simulated account and a running platform that is connected to it."""
    made = Kommo(home)
    made.start()
    home.write_rule("vip.rule", (SAMPLES / "rules/01_tag_vip.rule").read_text(encoding="utf-8"))
    home.up()
    made.connect()
    return made
