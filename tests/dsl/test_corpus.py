"""The corpus as a whole: every case is run, every code and every construct has one, and its world is written down."""

from __future__ import annotations

import re

import msgspec
import pytest
from tests.dsl.corpus import WORLD, world
from tests.dsl.harness import CASES, cases, files, marks

from treadle.dsl import codes, nodes
from treadle.dsl.builtins import table
from treadle.dsl.parser import parse

RUN = (
    "changes",
    "check",
    "clock",
    "edit",
    "escapes",
    "evaluate",
    "explain",
    "format",
    "fuzz",
    "graph",
    "parse",
    "play",
    "services",
)
"""The folders that tests run."""
NODES = [
    kind
    for kind in vars(nodes).values()
    if isinstance(kind, type) and issubclass(kind, nodes.Node) and not kind.__name__.startswith("Broken")
]


def test_every_folder_is_run() -> None:
    assert tuple(sorted(each.name for each in CASES.iterdir() if each.is_dir())) == RUN


@pytest.mark.parametrize("folder", RUN)
def test_titles_are_given_once(folder: str) -> None:
    titles = [case.name for case in cases(folder)]
    assert len(titles) == len(set(titles))


def test_the_corpus_is_large() -> None:
    assert sum(len(cases(folder)) for folder in RUN) >= 500


def test_every_code_has_a_case() -> None:
    shown = {mark.code for folder in ("parse", "check") for case in cases(folder) for mark in marks(case.text)}
    long = {number for number, code in codes.every().items() if code.fill or len(code.wrong) > 1000}
    of_others = {each for each in codes.every() if each.startswith("E8")}
    assert sorted(codes.every().keys() - shown - long - of_others) == []


def test_every_construct_stands_in_a_case_without_faults() -> None:
    seen: set[type] = set()
    for text in (text for case in cases("check") for text in files(case).values() if not marks(text)):
        left: list[object] = list(parse(text).module.decls)
        while left:
            node = left.pop()
            if isinstance(node, tuple):
                left += node
            elif isinstance(node, msgspec.Struct):
                seen.add(type(node))
                left += [getattr(node, name) for name in node.__struct_fields__]
    assert sorted(each.__name__ for each in set(NODES) - seen) == ["Node"]


def test_every_function_is_evaluated_in_a_case() -> None:
    text = "\n".join(case.text for case in cases("evaluate"))
    called = set(re.findall(r"\b([a-z_]+)\(|\.([a-z_]+)\b", text))
    names = {name for pair in called for name in pair} | {"today"}
    assert sorted(set(table()) - names) == []


def test_the_world_is_written_down() -> None:
    assert WORLD.read_text(encoding="utf-8") == world(), "old: run `python -m tests.dsl.corpus`"
