"""Working beside a second process gives what working here gives, whatever becomes of that process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.cli import halves
from treadle.dsl.compiling import diagnose
from treadle.dsl.facade import compile_files

_FILES = {
    str(path): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "samples").glob("*/*.rule"))
}


@pytest.fixture(scope="module")
def alone() -> object:
    return compile_files(_FILES, CATALOGUE).diagnostics


def _together() -> object:
    return diagnose(_FILES, CATALOGUE, halves.Reading(_FILES).memory(), halves.share)


def test_two_find_what_one_finds(alone: object) -> None:
    assert _together() == alone
    assert alone


def test_the_order_is_that_of_the_numbers() -> None:
    for count in range(5):
        assert list(halves.share(lambda at: at * 10, count)) == [at * 10 for at in range(count)]


def test_a_process_that_dies_is_done_without(alone: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(work: Callable[[], object], sink: int) -> None:
        os.write(sink, b"\x80\x05")
        os._exit(1)

    monkeypatch.setattr(halves, "_send", die)
    assert _together() == alone


def test_one_processor_is_enough(alone: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert _together() == alone
