"""What editors are answered, case by case: `cases/services/*.txt`, as `cases/README.md` says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import services
from treadle.dsl.diagnostics import Position
from treadle.dsl.project import Project
from treadle.dsl.services.renaming import applied

_FOLDER = Path(__file__).parents[1] / "cases" / "services"
_WORLD = (_FOLDER / "world.rule").read_text(encoding="utf-8")
_TITLE = re.compile(r"^=== (.+)\n", re.MULTILINE)
_ASKS = re.compile(r"^--- (.+)\n", re.MULTILINE)
_MARKS = re.compile("[«»‸]")
FILE = "case.rule"


class Case(NamedTuple):
    """The file's text, the cursor in it, the stretches that are marked, what is asked, and the lines of the answer."""

    name: str
    text: str
    at: Position
    marked: list[tuple[int, int]]
    asks: str
    answer: str

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> list[str]:
        return [line for line in self.answer.split("\n") if line.strip()]

    def project(self) -> Project:
        return Project(CATALOGUE, {FILE: self.text, "world.rule": _WORLD})


def _cases(asked: str) -> list[Case]:
    found: list[Case] = []
    for path in sorted(_FOLDER.glob("*.txt")):
        _, *chunks = _TITLE.split(path.read_text(encoding="utf-8"))
        for title, chunk in zip(chunks[::2], chunks[1::2], strict=True):
            text, asks, answer = _ASKS.split(chunk)
            if asks.partition(" ")[0] == asked:
                found.append(_case(f"{path.stem}: {title}", text, asks, answer.rstrip("\n") + "\n"))
    assert found
    return found


def _case(name: str, text: str, asks: str, answer: str) -> Case:
    cursor, open_at, marked, plain = Position(1, 1), 0, list[tuple[int, int]](), ""
    at = 0
    for mark in _MARKS.finditer(text):
        plain += text[at : mark.start()]
        at = mark.end()
        if mark.group() == "‸":
            cursor = Position(plain.count("\n") + 1, len(plain) - plain.rfind("\n"))
        elif mark.group() == "«":
            open_at = len(plain)
        else:
            marked.append((open_at, len(plain)))
    return Case(name, plain + text[at:], cursor, marked, asks, answer)


@pytest.mark.parametrize("case", _cases("offers"), ids=str)
def test_completion(case: Case) -> None:
    items = services.complete(case.project(), FILE, case.at)
    by_label = {each.label: each for each in reversed(items)}
    for line in case.lines:
        label, _, text = line.partition(" -> ")
        if label.startswith("! "):
            assert label[2:] not in by_label, line
        elif label.startswith("first "):
            assert items[0].label == label[6:], [each.label for each in items]
        else:
            name, _, detail = label.partition(": ")
            assert name in by_label, (line, list(by_label))
            assert not detail or by_label[name].detail == detail, (line, by_label[name])
            assert not text or by_label[name].edit.text == text.replace("␣", " "), (line, by_label[name])


@pytest.mark.parametrize("case", _cases("says"), ids=str)
def test_hover(case: Case) -> None:
    found = services.hover(case.project(), FILE, case.at)
    if case.asks == "says nothing":
        assert found is None
        return
    assert found is not None
    for line in case.lines:
        assert line in found.text


@pytest.mark.parametrize("case", _cases("references"), ids=str)
def test_references(case: Case) -> None:
    found = services.references(case.project(), FILE, case.at)
    assert sorted((each.span.start, each.span.end) for each in found if each.file == FILE) == case.marked
    near = services.highlights(case.project(), FILE, case.at)
    assert sorted((each.start, each.end) for each in near) == case.marked


@pytest.mark.parametrize("case", _cases("definition"), ids=str)
def test_definition(case: Case) -> None:
    found = services.definition(case.project(), FILE, case.at)
    assert [(each.span.start, each.span.end) for each in found] == case.marked


@pytest.mark.parametrize("case", _cases("becomes"), ids=str)
def test_rename(case: Case) -> None:
    edits = services.rename(case.project(), FILE, case.at, case.asks.removeprefix("becomes "))
    assert applied(case.text, edits[FILE]).rstrip("\n") == case.answer.rstrip("\n")


@pytest.mark.parametrize("case", _cases("refuses"), ids=str)
def test_a_renaming_that_cannot_be_is_refused(case: Case) -> None:
    with pytest.raises(services.Refused, match=re.escape(case.lines[0])):
        services.rename(case.project(), FILE, case.at, case.asks.removeprefix("refuses "))


@pytest.mark.parametrize("case", _cases("signature"), ids=str)
def test_signature(case: Case) -> None:
    found = services.signature_help(case.project(), FILE, case.at)[0]
    active = found.parameters[found.active].label if found.active is not None else None
    shown = found.label.replace(active, f"«{active}»", 1) if active else found.label
    assert shown.partition(" -> ")[0] == case.lines[0].partition(" -> ")[0]
