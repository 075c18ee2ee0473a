"""The fast loop over lark's tables reads every line as lark itself does, right ones and wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dsl.harness import cases

from treadle.dsl.parser import Parsed, driving, engine, parse
from treadle.dsl.parser.declarations import read_declaration

_SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*/*.rule"))
_TEXTS = [each.text for folder in ("parse", "check", "format") for each in cases(folder)]
_TEXTS += [path.read_text(encoding="utf-8") for path in _SAMPLES]
_PIECES = ['"', "{", "}", "(", ")", " and ", " == ", "not ", "x", "1 min", "..", "\n", "# "]


class _Slow(driving.Driver):
    def read(self, code: str, start: str) -> Any:
        raise driving.Stuck


def _by_lark(text: str) -> Parsed:
    """The text as lark reads it."""
    parser, builder, _ = engine._parser()
    slow = _Slow(parser)
    known = engine._parser
    engine._parser = lambda: (parser, builder, slow)  # type: ignore[assignment]
    try:
        read_declaration.cache_clear()
        return parse(text)
    finally:
        engine._parser = known
        read_declaration.cache_clear()


@pytest.mark.parametrize("text", _TEXTS)
def test_both_read_the_same(text: str) -> None:
    read_declaration.cache_clear()
    assert parse(text) == _by_lark(text)


@given(st.sampled_from(_TEXTS), st.integers(0, 2_000), st.integers(0, 5), st.sampled_from(_PIECES))
def test_both_find_the_same_faults(text: str, at: int, length: int, piece: str) -> None:
    at %= len(text) + 1
    spoilt = text[:at] + piece + text[at + length :]
    assert parse(spoilt) == _by_lark(spoilt)


def test_lark_is_asked_about_wrong_lines_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    right = [text for text in _TEXTS if not parse(text).diagnostics]
    read_declaration.cache_clear()
    monkeypatch.setattr(engine, "_explained", lambda *_: pytest.fail("a right line was read twice"))
    assert right
    for text in right:
        parse(text)
