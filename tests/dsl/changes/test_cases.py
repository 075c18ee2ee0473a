"""What changed between two sets of files: cases as text, and laws."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dsl.harness import Case, cases, sections

from treadle.dsl.changes import Change, Part, compare
from treadle.dsl.formatter import format_text

_CASES = cases("changes")
_TEXTS = [case.text for folder in ("format", "parse") for case in cases(folder)]


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_case(case: Case) -> None:
    old, _ = _sides(case.text)
    new, wanted = _sides(case.becomes)
    assert "".join(_lines(compare(old, new))) == wanted


def _sides(text: str) -> tuple[dict[str, str], str]:
    """The files of one side, and what the section `changes` says."""
    first, *rest = sections(text)
    files = {"case.rule": first.text} if first.text else {}
    files |= {each.title.removeprefix("file "): each.text for each in rest if each.title.startswith("file ")}
    return files, next((each.text for each in rest if each.title == "changes"), "")


def _lines(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        was = f", was {change.was}" if change.was else ""
        yield f"{change.what} {change.kind} {change.name} {change.file}:{change.line}{was}\n"
        yield from (f"  {_part(part)}\n" for part in change.parts)


def _part(part: Part) -> str:
    step = f" {part.step}" if part.step else ""
    told = {"added": part.after, "removed": part.before, "moved": part.after}.get(
        part.what, f"{part.before} -> {part.after}"
    )
    return f"{part.what} {part.part}{step} {part.line}: {told}"


@given(st.sampled_from(_TEXTS), st.sampled_from(_TEXTS))
def test_there_and_back_tells_of_the_same_declarations(one: str, other: str) -> None:
    there, back = compare({"a.rule": one}, {"a.rule": other}), compare({"a.rule": other}, {"a.rule": one})
    undone = {"added": "removed", "removed": "added"}
    names = {(undone.get(each.what, each.what), each.kind, each.was or each.name) for each in there}
    assert {(each.what, each.kind, each.name) for each in back} == names


@pytest.mark.parametrize("text", _TEXTS, ids=range(len(_TEXTS)))
def test_formatting_and_comments_change_nothing(text: str) -> None:
    formatted = format_text(text)
    assert compare({"a.rule": text}, {"a.rule": f"# said\n\n{formatted.text}"}) == ()
