"""What was decided once is decided again, byte for byte: recorded histories, played on the graphs that they hold."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.histories.recording import HERE, ROOT, Look, again, heard_again, read

from treadle.dsl.graph import Together, Try

_DECLARED = re.compile(r'^(?:rule|sequence) "(.*?)"', re.MULTILINE)
HISTORIES = sorted(HERE.glob("*.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_is_decided_as_it_was(path: Path) -> None:
    history, programs = read(path)
    assert len(history.looks) >= 10
    for number, hearing in enumerate(history.hearings, 1):
        assert heard_again(hearing, programs) == hearing.decided, f"{path.stem}, hearing {number}"
    for number, look in enumerate(history.looks, 1):
        now = again(look, programs)
        assert now == bytes(look.decided), f"{path.stem}, look {number}: {divergence(look, now)}"


def test_all_that_ships_is_recorded_in_each_of_its_steps() -> None:
    history, programs = read(HERE / "shipped.json")
    files = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.rule"))
    assert {each.graph.name for each in programs.values()} == set(_DECLARED.findall(files))
    hearing = {version for version, program in programs.items() if program.heard}
    assert hearing == {each.graph for each in history.hearings if not each.whole}
    come_by: defaultdict[str, set[str]] = defaultdict(set)
    for look in history.looks:
        told = msgspec.json.decode(bytes(look.decided))
        come_by[look.graph] |= {each["node"] for each in told["records"] + told["acts"]}
    for version, program in programs.items():
        blocks = {
            each.id for each in program.graph.nodes.values() if isinstance(each, Together | Try)
        }  # told of nowhere
        assert set(program.graph.nodes) - blocks == come_by[version], program.graph.name


def divergence(look: Look, now: bytes) -> str:
    """The first step that is decided otherwise."""
    ours, theirs = msgspec.json.decode(now), msgspec.json.decode(bytes(look.decided))
    for part in ("records", "acts", "effects", "end", "state"):
        if ours[part] != theirs[part]:
            return f"step {_step(ours[part], theirs[part])}: {part} {ours[part]!r}, and it was {theirs[part]!r}"
    return "the same in other bytes"


def _step(ours: Any, theirs: Any) -> str:
    if not isinstance(ours, list):
        return "?"
    length = max(len(ours), len(theirs))
    pairs = zip(ours + [None] * (length - len(ours)), theirs + [None] * (length - len(theirs)), strict=True)
    mine, other = next((mine, other) for mine, other in pairs if mine != other)
    return str((mine or other).get("node"))


def test_a_divergence_names_the_step() -> None:
    history, programs = read(HERE / "shipped.json")
    look = next(each for each in history.looks if msgspec.json.decode(bytes(each.decided))["acts"])
    program = programs[look.graph]
    act = msgspec.json.decode(bytes(look.decided))["acts"][0]
    node = program.graph.nodes[act["node"]]
    assert node.id in program.args
    program.args[node.id] = tuple((name, lambda _: "another") for name, _ in program.args[node.id])
    now = again(look, programs)
    assert now != bytes(look.decided)
    assert divergence(look, now).startswith(f"step {node.id}: acts ")
