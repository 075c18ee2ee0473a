"""Reading files beside a second process gives what reading them here gives, whatever becomes of that process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from treadle.cli import halves
from treadle.dsl.parser import parse

_FILES = {
    str(path): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "samples").glob("*/*.rule"))
}


def _trees() -> object:
    memory = halves.read_in_halves(_FILES)
    return [memory.parse(text, file) for file, text in _FILES.items()]


def test_all_trees_are_there() -> None:
    assert _trees() == [parse(text, file) for file, text in _FILES.items()]


def test_a_process_that_dies_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(files: Sequence[tuple[str, str]], sink: int) -> None:
        os.write(sink, b"\x80\x05")
        os._exit(1)

    monkeypatch.setattr(halves, "_send", die)
    assert _trees() == [parse(text, file) for file, text in _FILES.items()]


def test_one_processor_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert _trees() == [parse(text, file) for file, text in _FILES.items()]
