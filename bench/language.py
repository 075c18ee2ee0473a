"""The language over HTTP, in a workspace of 1,000 rules: how long an editor waits, and what deliveries feel of it.

An edit is one operation on a rule, each on the text that the one before answered, in one file after the other; a
keystroke is a check of the file with one letter more. Deliveries are measured twice: alone, and while one check after
the other reads 1,000 rules that nobody has read before. The rules are off, so that no delivery has to be matched.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import Figure, figure, spread
from bench.measure import Range, Target, Watched
from bench.postgres import Server
from bench.processes import HarnessError, cpu_seconds
from bench.rule_files import workspace
from bench.service import Service, command, running

DATABASE = "bench_language"
RULES = 1_000
_A_FILE = 5
_RATE = 50.0
_OFF = re.compile(r'^rule ".*"$', re.MULTILINE)


def measure(lane: Range, server: Server, folder: Path, edits: int) -> list[Figure]:
    """The figures of one workspace. Raises HarnessError for any answer but 200."""
    files = {name: _OFF.sub(r"\g<0>\n  off", text) for name, text in workspace(RULES).items()}
    try:
        with running(folder, server.fresh(DATABASE), lane.address) as service:
            _publish(service, files)
            asker = _Asker(service)
            first = asker.first("check", {"file": next(iter(files)), "text": next(iter(files.values()))})
            before = cpu_seconds(service.serve.pid)
            edit = spread(_edits(asker, files, edits))
            cpu = (cpu_seconds(service.serve.pid) - before) * 1000 / (edits // _A_FILE * _A_FILE)
            key = spread(_keystrokes(asker, files, edits))
            target = Target([service.hook], '"accepted":1', [Watched("serve", service.serve.pid)])
            alone = lane.volley(target, edits * 2, connections=16, rate=_RATE, arrives=False)
            with _cold_checks(service) as checked:
                beside = lane.volley(target, edits * 2, connections=16, rate=_RATE, arrives=False)
    finally:
        server.drop(DATABASE)
    if alone.refused or beside.refused or not checked:
        raise HarnessError(f"{alone.refused + beside.refused} deliveries refused, {len(checked)} cold checks ended")
    return [
        figure("language.first_s", first, "s"),
        figure("language.edit_p50_ms", edit.p50, "ms"),
        figure("language.edit_p95_ms", edit.p95, "ms"),
        figure("language.edit_cpu_ms", cpu, "ms"),
        figure("language.key_p50_ms", key.p50, "ms"),
        figure("language.key_p95_ms", key.p95, "ms"),
        figure("language.accept_p99_ms_alone", alone.to_ack.p99, "ms"),
        figure("language.accept_p99_ms", beside.to_ack.p99, "ms"),
        figure("language.cold_checks", sum(status == 200 for status in checked), "checks"),
        figure("language.cold_checks_late", sum(status != 200 for status in checked), "checks"),
    ]


def _publish(service: Service, files: dict[str, str]) -> None:
    rules = service.folder / "many"
    rules.mkdir()
    for name, text in files.items():
        (rules / name).write_text(text, encoding="utf-8")
    command(["publish", str(rules)], service.env)


class _Asker:
    """One editor's connection."""

    def __init__(self, service: Service) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        key = (Path(service.env["TREADLE_HOME"]) / "key").read_text().strip()
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, verb: str, asked: dict[str, Any]) -> tuple[int, bytes, float]:
        """The status, the answer, and the seconds that it took."""
        body = msgspec.json.encode(asked)
        began = time.monotonic()
        self._connection.request("POST", f"/api/v1/language/{verb}", body, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        return answer.status, told, time.monotonic() - began

    def good(self, verb: str, asked: dict[str, Any]) -> tuple[bytes, float]:
        """The answer and the seconds. Raises HarnessError for another status than 200."""
        status, told, took = self.ask(verb, asked)
        if status != 200:
            raise HarnessError(f"/language/{verb} answered {status}: {told[:300]!r}")
        return told, took

    def first(self, verb: str, asked: dict[str, Any]) -> float:
        """Seconds until the first good answer, asked again as long as everybody is busy."""
        began = time.monotonic()
        while self.ask(verb, asked)[0] != 200:
            if time.monotonic() - began > 60:
                raise HarnessError("the language does not answer")
        return time.monotonic() - began


def _edits(asker: _Asker, files: dict[str, str], count: int) -> Iterator[float]:
    for at, (file, text) in enumerate(list(files.items())[: count // _A_FILE]):
        for number in range(_A_FILE):
            told, took = asker.good("edit", {"file": file, "text": text, "operations": [_operation(at, number)]})
            text = msgspec.json.decode(told)["text"]
            if number:  # the first goes from one file to another
                yield took


def _operation(file: int, number: int) -> dict[str, Any]:
    rule = next(n for n in range(file * 10, file * 10 + 10) if n % 6 == 1)
    return {
        "op": "set_argument",
        "decl": {"kind": "rule", "name": f"Source {rule + 1}"},
        "step": "send_message",
        "name": "text",
        "value": f'"Hello, offer {number}"',
    }


def _keystrokes(asker: _Asker, files: dict[str, str], count: int) -> Iterator[float]:
    for file, text in list(files.items())[-(count // _A_FILE) :]:
        for number in range(_A_FILE):
            changed = text.replace("worth", "worth" + "h" * number, 1)
            _, took = asker.good("check", {"file": file, "text": changed})
            if number:
                yield took


@contextlib.contextmanager
def _cold_checks(service: Service) -> Iterator[list[int]]:
    """While the block runs, one check after the other of 1,000 rules that are new; how each was answered."""
    ended: list[int] = []
    over = threading.Event()

    def check() -> None:
        asker = _Asker(service)
        number = 0
        while not over.is_set():
            number += 1
            files = {name: text.replace("kommo.", f"crm{number}.") for name, text in workspace(RULES).items()}
            files = {name: text.replace("use kommo", f"use kommo as crm{number}") for name, text in files.items()}
            ended.append(asker.ask("check", {"files": files})[0])

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        over.set()
        thread.join(60)
