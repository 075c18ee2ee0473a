"""The cases under `cases/explain`: what each rule makes of an event, and why."""

from __future__ import annotations

import asyncio

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, cases, sections

from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Program
from treadle.dsl.values import decode
from treadle.runtime.tryout import explain_event


@pytest.mark.parametrize("case", cases("explain"), ids=str)
def test_each_rule_says_what_it_made_of_the_event(case: Case) -> None:
    first, *rest = sections(case.text)
    compiled = compile_files({"case.rule": first.text}, CATALOGUE)
    assert compiled.program is not None, compiled.errors
    assert rest
    for given, explained in zip(rest[::2], rest[1::2], strict=True):
        assert (given.title.split()[0], explained.title) == ("given", "explained")
        assert _said(compiled.program, given.title.split()[1], given.text) == explained.text.splitlines()


def _said(program: Program, trigger: str, data: str) -> list[str]:
    told = asyncio.run(explain_event(program, CATALOGUE, trigger, decode(data)))
    return [f'"{each.rule}": {each.outcome}' + (f": {each.why}" if each.why else "") for each in told]
