"""A workspace as people write one: nothing to say of it, canonical, its tests pass, every file has pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call

SAMPLES = Path(__file__).parents[1] / "samples" / "language"
FILES = sorted(SAMPLES.glob("*.rule"))


def test_there_is_nothing_to_say(call: Call) -> None:
    called = call("check", "--strict", str(SAMPLES))
    assert called.out == f"{len(FILES)} files, nothing to say\n"


def test_it_is_canonical(call: Call) -> None:
    assert call("fmt", "--check", str(SAMPLES)).status == 0


def test_its_tests_pass(call: Call) -> None:
    called = call("test", str(SAMPLES))
    written = sum(text.count('\ntest "') for text in (each.read_text(encoding="utf-8") for each in FILES))
    assert called.status == 0, called.out
    assert called.out.startswith(f"{written} passed in ")


@pytest.mark.parametrize("form", ["json", "mermaid", "svg"])
def test_rules_have_pictures(call: Call, form: str) -> None:
    called = call("graph", str(SAMPLES), "--rule", "Meeting", "--format", form)
    assert called.status == 0, called.err
    assert "Meeting" in called.out
