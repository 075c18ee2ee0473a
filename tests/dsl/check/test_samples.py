"""The sample files: what is clean stays clean, and every marked line of the broken one is reported, each once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.facade import compile_files

SAMPLES = Path(__file__).parents[2] / "samples"
BROKEN = (SAMPLES / "broken/many_errors.rule").read_text(encoding="utf-8")

UNDERLINED = [
    ("E201", "komo"),
    ("E203", "hot"),
    ("E206", "prise"),
    ("E302", 'lead.price > "100"'),
    ("E301", '"seven"'),
    ("E308", "kommo.add_note"),
    ("E205", "add_notes"),
    ("E304", "contact.first_name"),
    ("E101", ""),
    ("E421", "wait for kommo.message_received as m where m.contact_id == 1"),
    ("E703", "gaps"),
]
"""The code of each marked line of the broken sample, in order, and what is underlined."""


def errors() -> list[Diagnostic]:
    return list(compile_files({"many_errors.rule": BROKEN}, CATALOGUE).errors)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("rules/*.rule")), ids=lambda path: path.stem)
def test_the_samples_are_clean(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    compiled = compile_files({path.name: text}, CATALOGUE)
    assert [each.code for each in compiled.diagnostics if each.code != "W202"] == []  # no account of Supabase here
    assert compiled.program is not None
    assert [each.name for each in compiled.trials] == [
        line[6:-1] for line in text.split("\n") if line.startswith("test")
    ]


def test_the_samples_are_clean_together() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in SAMPLES.glob("rules/*.rule")}
    compiled = compile_files(texts, CATALOGUE)
    assert compiled.errors == ()
    assert compiled.program is not None
    assert list(compiled.program.events) == ["order_ready"]


def test_every_marked_line_is_reported_once_and_no_other() -> None:
    marked = [number for number, line in enumerate(BROKEN.split("\n"), start=1) if number > 2 and "# !" in line]
    assert [each.span.line for each in errors()] == marked


def test_what_is_wrong_is_underlined() -> None:
    assert [(each.code, BROKEN[each.span.start : each.span.end]) for each in errors()] == UNDERLINED


def test_the_suggestions_are_the_right_ones() -> None:
    found = {each.code: each for each in errors()}
    fixed = {code: edit.text for code, each in found.items() for fix in each.fixes for edit in fix.edits}
    assert {code: fixed[code] for code in ("E201", "E206", "E205")} == {
        "E201": "kommo",
        "E206": "price",
        "E205": "add_note",
    }
    assert found["E203"].notes == ("it is first given in line 6",)
    assert found["E703"].message == "The table `gaps` is not exhaustive: n < 10 has no row"
