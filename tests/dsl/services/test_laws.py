"""What holds for every text and every place: the services answer, their places lie in the text, and a renaming that is
undone leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import services
from treadle.dsl.diagnostics import Position
from treadle.dsl.project import Project
from treadle.dsl.services.occurrences import occurrences
from treadle.dsl.services.renaming import RENAMED, applied, rename_symbol
from treadle.dsl.services.views import View

_SAMPLES = Path(__file__).parents[2] / "samples"
_FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted((_SAMPLES / "rules").glob("*.rule"))}
_BROKEN = {path.name: path.read_text(encoding="utf-8") for path in sorted((_SAMPLES / "broken").glob("*.rule"))}
_TEXTS = [*_FILES.values(), *_BROKEN.values()]
_PIECES = [
    "",
    ".",
    "?.",
    '"',
    '"""',
    "(",
    ")",
    "{",
    "}",
    "[",
    ",",
    ":",
    "=",
    " ",
    "\n",
    "\t",
    "#",
    "zz",
    "5",
    "🎉",
    "\r\n",
]
_PLACED: list[Callable[[Project, str, Position], object]] = [
    services.complete,
    services.signature_help,
    services.hover,
    services.definition,
    services.references,
    services.highlights,
]
_WHOLE: list[Callable[[Project, str], object]] = [
    services.document_symbols,
    services.semantic_tokens,
    services.inlay_hints,
    services.folds,
    services.formatting,
    services.graphs,
]

_mutated = st.tuples(st.sampled_from(_TEXTS), st.integers(0, 6_000), st.integers(0, 40), st.sampled_from(_PIECES)).map(
    lambda each: _change(*each)
)


def _change(text: str, at: int, length: int, piece: str) -> tuple[str, int]:
    start = at % (len(text) + 1)
    return text[:start] + piece + text[start + length :], start + len(piece)


def _place(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


@settings(max_examples=60)
@given(_mutated, st.integers(0, 6_000))
def test_every_service_answers_at_every_place_of_any_text(mutated: tuple[str, int], other: int) -> None:
    text, edited = mutated
    project = Project(CATALOGUE, {"a.rule": text})
    for offset in (edited, other % (len(text) + 1)):
        for service in _PLACED:
            service(project, "a.rule", _place(text, offset))
    for whole in _WHOLE:
        whole(project, "a.rule")


@settings(max_examples=60)
@given(_mutated)
def test_completion_writes_at_the_cursor(mutated: tuple[str, int]) -> None:
    text, at = mutated
    for item in services.complete(Project(CATALOGUE, {"a.rule": text}), "a.rule", _place(text, at)):
        assert item.edit.start <= at == item.edit.end
        assert "\n" not in text[item.edit.start : item.edit.end]


def test_every_place_of_a_sample_is_answered() -> None:
    name = "02_speed_to_lead.rule"
    project = Project(CATALOGUE, _FILES)
    for offset in range(0, len(_FILES[name]), 11):
        services.complete(project, name, _place(_FILES[name], offset))
        services.hover(project, name, _place(_FILES[name], offset))


def test_tokens_follow_each_other() -> None:
    project = Project(CATALOGUE, {**_FILES, **_BROKEN})
    for name in project.sources:
        tokens = services.semantic_tokens(project, name)
        assert all(one.span.end <= other.span.start for one, other in pairwise(tokens))


@pytest.mark.parametrize("name", _FILES)
def test_a_renaming_that_is_undone_leaves_no_trace(name: str) -> None:
    project = Project(CATALOGUE, _FILES)
    view = View(project, name)
    found = {each.symbol: each for one in view.checked.declarations for each in occurrences(view.scope, one)}
    for symbol, each in found.items():
        if symbol.kind not in RENAMED or not each.declares:
            continue
        edits = rename_symbol(view, symbol, "zz_other")
        after = Project(CATALOGUE, {**_FILES, **{file: applied(_FILES[file], made) for file, made in edits.items()}})
        assert {one.code for one in after.diagnostics()} == {one.code for one in project.diagnostics()}
        near = View(after, name)
        declared = {
            one.symbol
            for checked in near.checked.declarations
            for one in occurrences(near.scope, checked)
            if one.declares and one.symbol.name == "zz_other"
        }
        back = rename_symbol(near, declared.pop(), symbol.name)
        assert {file: applied(after.sources[file], made) for file, made in back.items()} == {
            file: _FILES[file] for file in edits
        }
