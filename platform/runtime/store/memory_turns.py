"""Lines of the memory store: whose turn it is under a key of `one at a time`, and who comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from treadle.runtime.ports import Fault
from treadle.runtime.store.memory_doubts import MemoryDoubts
from treadle.runtime.store.parameters import NO_KEY

_Standing = Literal["named", "waits", "has"]
"""`named`: since its start, without having asked."""


class MemoryTurns(MemoryDoubts):
    """`ports.Store.take_turn`."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[tuple[str, str], dict[UUID, _Standing]] = {}

    def _name(self, rule: str, key: str, run_id: UUID) -> None:
        self._lines.setdefault((rule, key), {}).setdefault(run_id, "named")

    async def take_turn(
        self, rule: str, key: str, run_id: UUID, otherwise: Literal["skip", "queue", "replace"]
    ) -> UUID | None:
        """See `ports.Store.take_turn`."""
        if key != NO_KEY:
            self._run_keys.setdefault(run_id, set()).add(key)
        line = self._lines.get((rule, key), {})
        ahead = _holder(line)
        if ahead is None and otherwise != "skip" and line and min(line) < run_id:
            ahead = min(line)
        if run_id in self._live_rows and line.get(run_id) != "has" and (ahead is None or otherwise != "skip"):
            if otherwise == "replace" and line.get(run_id) != "waits":
                self._replace(line, run_id)
            self._lines.setdefault((rule, key), line)[run_id] = "has" if ahead is None else "waits"
        return None if ahead == run_id else ahead

    def _replace(self, line: dict[UUID, _Standing], run_id: UUID) -> None:
        newer = [each for each, standing in line.items() if each > run_id and standing != "named"]
        by, ended = (max(newer), [run_id]) if newer else (run_id, sorted(each for each in line if each < run_id))
        for each in ended:
            self._signal(each, "end", by, fault=Fault("replaced", f"the run {by} took its place"))

    def _leave_lines(self, run_ids: Sequence[UUID]) -> None:
        for key, line in list(self._lines.items()):
            gone = sorted(each for each in run_ids if line.pop(each, None) is not None)
            if not line:
                del self._lines[key]
            elif gone and _holder(line) is None and line[min(line)] == "waits":
                line[min(line)] = "has"
                self._signal(min(line), "turn", gone[0])


def _holder(line: dict[UUID, _Standing]) -> UUID | None:
    return next((each for each, standing in line.items() if standing == "has"), None)
