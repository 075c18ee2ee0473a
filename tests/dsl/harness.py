"""Cases as text files: `cases/README.md` says how one is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from treadle.dsl.diagnostics import Diagnostic, render

CASES = Path(__file__).with_name("cases")
_TITLE = re.compile(r"^=== (.+)\n", re.MULTILINE)
_BECOMES = "--- becomes\n"
_SECTION = re.compile(r"^--- (.+)\n", re.MULTILINE)
_MARKS = re.compile(r"# (!.*)$")
_MARK = re.compile(r"! ?([EW][0-9]{3}) ?([^!]*)")


class Case(NamedTuple):
    """One case: where it stands, the text given, and for the formatter the text wanted."""

    name: str
    text: str
    becomes: str

    def __str__(self) -> str:
        return self.name


class Section(NamedTuple):
    """A part of a case: what its line `--- title` says, and the lines under it. The first part has no title."""

    title: str
    text: str


class Mark(NamedTuple):
    """What a line is marked with."""

    line: int
    code: str
    words: str


def cases(folder: str) -> list[Case]:
    """All cases of a folder under `cases/`."""
    return [case for path in sorted((CASES / folder).glob("*.txt")) for case in _read(path)]


def _read(path: Path) -> Iterable[Case]:
    _, *chunks = _TITLE.split(path.read_text(encoding="utf-8"))
    for title, text in zip(chunks[::2], chunks[1::2], strict=True):
        before, _, after = text.partition(_BECOMES)
        yield Case(f"{path.stem}: {title}", before, after or before)


def sections(text: str) -> list[Section]:
    """The parts of a case, each without the empty lines at its end."""
    first, *rest = _SECTION.split(text)
    parts = [("", first), *zip(rest[::2], rest[1::2], strict=True)]
    return [Section(title, body.rstrip("\n") + "\n" if body.strip() else "") for title, body in parts]


def files(case: Case) -> dict[str, str]:
    """The files of a case by name: its first part, and one for each line `--- file NAME`."""
    first, *rest = sections(case.text)
    return {"case.rule": first.text, **{each.title.removeprefix("file "): each.text for each in rest}}


def marks(text: str) -> list[Mark]:
    """The faults that a text says it has."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if comment := _MARKS.search(line):
            found += [Mark(number, code, words.strip()) for code, words in _MARK.findall(comment.group(1))]
    return found


def assert_reported(case: Case, diagnostics: Iterable[Diagnostic]) -> None:
    """Each mark is one diagnostic of its line with its code and, in what it says, its words; and there is no other."""
    found = sorted(diagnostics, key=lambda each: (each.span.line, each.code))
    wanted = sorted(marks(case.text))
    shown = "\n".join(render(each, case.text) for each in found)
    assert [(each.span.line, each.code) for each in found] == [(mark.line, mark.code) for mark in wanted], shown
    for each, mark in zip(found, wanted, strict=True):
        said = (each.message, *each.notes, *(fix.title for fix in each.fixes))
        assert any(mark.words in words for words in said), shown
