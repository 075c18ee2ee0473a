"""The simulated Kommo account of a home: starting it, connecting to it, asking what it received."""

from __future__ import annotations

import re

from tests.acceptance.processes import Home, free_port, request, until


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
