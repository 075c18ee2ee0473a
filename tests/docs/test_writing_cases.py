"""The page that tells people how to write a case shows cases that hold."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.check import test_cases as checked
from tests.dsl.editing import reading
from tests.dsl.evaluated import assert_gives, read
from tests.dsl.harness import CASES, Case
from tests.runtime.trials import test_cases as played

from treadle.dsl.editing import Edited, apply
from treadle.runtime.store.memory import MemoryStore

PAGE = (CASES / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^## ([a-z, ]+)\n(?:(?!^## ).*\n)*?^```\n(=== .*\n(?:(?!^```).*\n)*)^```", PAGE, re.M)


def test_most_folders_have_an_example() -> None:
    assert [title for title, _ in SHOWN] == ["parse, check", "evaluate", "explain", "play", "edit"]


@pytest.mark.parametrize(("folder", "text"), SHOWN, ids=[folder for folder, _ in SHOWN])
def test_an_example_is_a_case_that_holds(folder: str, text: str) -> None:
    title, _, body = text.partition("\n")
    case = Case(title, body, body)
    match folder:
        case "evaluate":
            for line in read(case):
                assert_gives(line)
        case "explain":
            played.test_each_rule_says_what_it_made_of_the_event(case)
        case "play":
            asyncio.run(played.test_the_tests_of_the_file_pass_or_fail_where_they_say_so(case, MemoryStore))
        case "edit":
            edit = reading.read(case)
            done = apply(edit.files[reading.FILE], reading.FILE, edit.operation, CATALOGUE)
            assert isinstance(done, Edited)
            assert done.text == edit.after[reading.FILE]
        case _:
            checked.test_each_marked_line_gets_its_diagnostic_and_no_other(case)
