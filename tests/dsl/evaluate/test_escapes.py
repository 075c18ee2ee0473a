"""Nothing in a rule reaches the host: known ways out are refused with a position, and computing touches nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.facade import check_text

ESCAPES = (Path(__file__).parents[1] / "cases/escapes.txt").read_text(encoding="utf-8").splitlines()
PLACES = {
    "compared": "%s == 1",
    "in brackets": "(%s)",
    "in a call": "text(%s)",
    "in a list": "[%s][0]",
    "interpolated": '"x{%s}"',
    "in a lambda": "map(lead.tags, t => %s)",
}
HEAD = 'use kommo\nuse http\n\nrule "R"\n  when kommo.lead_created as lead\n  do\n    kommo.get_lead(lead_id: 1)\n'


def test_the_corpus_is_large() -> None:
    assert len(set(ESCAPES)) * len(PLACES) >= 1_000


@pytest.mark.parametrize("place", PLACES)
def test_every_escape_is_refused_with_a_position(place: str) -> None:
    passed = []
    for escape in ESCAPES:
        text = f"{HEAD}    value = {PLACES[place] % escape}\n    log text(value)\n"
        errors = [each for each in check_text(text, "r.rule", CATALOGUE) if each.severity == "error"]
        if not errors or not any(each.span.line >= 8 for each in errors):
            passed.append(escape)
    assert passed == []


_CANARY = """
import sys
from datetime import UTC, datetime
from treadle.dsl.builtins import table
from treadle.dsl.evaluator import EvaluationError, Scope
from tests.dsl.computing import compute

calls = [example.call for function in table().values() for example in function.examples]
calls += ['"x" matches "^(a+)+$"', '"{now} {today} {2 hours}"', 'now.in("Europe/Madrid").format("EEEE z VV")']
def run():
    for call in calls:
        compute(call)
run()  # imports and time zone files are read once
seen = []
WATCHED = ("open", "socket.", "exec", "compile", "import", "os.", "subprocess.", "ctypes.", "shutil.", "pickle.")
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith(WATCHED) else None)
run()
print(sorted(set(seen)))
"""


@pytest.mark.slow
def test_evaluation_touches_nothing_of_the_host() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", _CANARY], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
