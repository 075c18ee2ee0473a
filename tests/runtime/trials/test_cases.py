"""The cases under `cases/explain`, what each rule makes of an event and why, and `cases/play`, what runs do."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, cases, files, sections

from treadle.dsl.compiling import build
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Program
from treadle.dsl.values import decode
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of
from treadle.runtime.tryout import explain_event
from treadle.runtime.virtual import StoreOn

_FAILS = re.compile(r"# ! fails ?(.*)$")


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


@pytest.mark.parametrize("case", cases("play"), ids=str)
async def test_the_tests_of_the_file_pass_or_fail_where_they_say_so(case: Case, store_on: StoreOn) -> None:
    built = build(files(case), CATALOGUE)
    suite = suite_of(built)
    assert not built.compiled.errors
    assert suite.trials
    assert not suite.blocked
    player = Player(built.compiled.partial, built.compiled.limits, CATALOGUE, store_on)
    failures = [(await player.play(trial)).failure for trial in suite.trials]
    wanted = _failing(files(case)["case.rule"])
    assert {each.spot.span.line for each in failures if each} == wanted.keys(), failures
    assert [each for each in failures if each and wanted[each.spot.span.line] not in each.message] == []


def _failing(text: str) -> dict[int, str]:
    found = ((number, _FAILS.search(line)) for number, line in enumerate(text.split("\n"), start=1))
    return {number: fails.group(1) for number, fails in found if fails}
