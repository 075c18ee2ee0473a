"""Nothing in a rule reaches the host: ways out are refused with a position as code, and stay plain data as text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import cases

from treadle.dsl.facade import check_text, compile_files

ESCAPES = {case.name.partition(":")[0]: case.text.removesuffix("\n").split("\n") for case in cases("escapes")}
WHEN = 'rule "R{at}"\n  when kommo.lead_created as lead\n'
STEP = WHEN + "  do\n    value = {}\n    log text(value)\n"
PLACES = {
    "compared": STEP.replace("{}", "{} == 1"),
    "in brackets": STEP.replace("{}", "({})"),
    "in a call": STEP.replace("{}", "text({})"),
    "in a list": STEP.replace("{}", "[{}][0]"),
    "interpolated": STEP.replace("{}", '"x{{{}}}"'),
    "in a lambda": STEP.replace("{}", "map(lead.tags, t => {})"),
    "in json": STEP.replace("{}", "json({{a: {}}})"),
    "a condition": WHEN + "  where {}\n  do\n    stop\n",
    "an argument": WHEN + "  do\n    kommo.add_note(lead_id: {}, text: 1)\n",
    "a cell": "table t{at}(lead: text) -> int\n  | lead | -> |\n  | {} | 1 |\n  | _ | 0 |\n",
    "a result": 'table t{at}(lead: text) -> int\n  | lead | -> |\n  | "a" | {} |\n  | _ | 0 |\n',
    "a constant": "let value{at} = {}\n",
    "a function": "function f{at}(lead: int) -> json = {}\n",
    "instructions": 'agent a{at}\n  model openrouter "openai/gpt-4o-mini"\n  instructions {}\n',
    "data of a test": 'test "t{at}"\n  given kommo.lead_created {{id: {}}}\n',
}
HEAD = "use kommo\nuse openrouter\n"
BATCH = 30
SHARES = 3
"""Each attempt is made in a third of the places, to be quick; neighbours in a file are made in the others."""


def test_the_corpus_is_large() -> None:
    every = [escape for escapes in ESCAPES.values() for escape in escapes]
    assert len(every) == len(set(every)) >= 850


@pytest.mark.parametrize("family", ESCAPES)
@pytest.mark.parametrize("place", PLACES)
def test_as_code_it_is_refused_with_a_position(place: str, family: str) -> None:
    escapes = ESCAPES[family][list(PLACES).index(place) % SHARES :: SHARES]
    passed = [each for at in range(0, len(escapes), BATCH) for each in _passed(place, escapes[at : at + BATCH])]
    assert passed == []


def _passed(place: str, escapes: list[str]) -> list[str]:
    """Those in whose declaration nothing is wrong, all declared in one file."""
    text, ends = HEAD, list[int]()
    for at, escape in enumerate(escapes):
        text += (
            PLACES[place]
            .replace("{at}", str(at))
            .replace("{}", "\0")
            .replace("{{", "{")
            .replace("}}", "}")
            .replace("\0", escape)
        )
        ends.append(text.count("\n"))
    wrong = {each.span.line for each in check_text(text, "r.rule", CATALOGUE) if each.severity == "error"}
    starts = [HEAD.count("\n"), *ends]
    return [
        escape
        for escape, start, end in zip(escapes, starts, ends, strict=False)
        if wrong.isdisjoint(range(start + 1, end + 1))
    ]


def quoted(escape: str) -> str:
    """The attempt as a text of the language."""
    return escape.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{")


_USED = """use kommo

rule "ESCAPE"
  when kommo.lead_created as lead
  where lead.name == "ESCAPE"
  do
    kommo.add_note(lead_id: 1, text: "ESCAPE")

test "ESCAPE"
  given kommo.lead_created {name: "ESCAPE"}
  expect kommo.add_note(text: "ESCAPE")
"""


@pytest.mark.parametrize("family", ESCAPES)
def test_as_a_name_and_as_data_it_is_what_it_is(family: str) -> None:
    for escape in ESCAPES[family]:
        compiled = compile_files({"a.rule": _USED.replace("ESCAPE", quoted(escape))}, CATALOGUE)
        assert compiled.errors == (), escape
        assert [each.name for each in compiled.partial] == [escape]
        assert [each.name for each in compiled.trials] == [escape]


_CANARY = """
import sys
from tests.dsl.evaluate.escaping import evaluations
from treadle.dsl.evaluator import evaluate
from tests.dsl.computing import compute
from treadle.dsl.builtins import table

calls = [example.call for function in table().values() for example in function.examples]
calls += ['"x" matches "^(a+)+$"', '"{now} {today} {2 hours}"', 'now.in("Europe/Madrid").format("EEEE z VV")']
made = evaluations()
def run():
    for expr, scope, escape in made:
        for got in evaluate(expr, scope):
            if got != escape:
                print("changed", ascii(escape), ascii(got))
    for call in calls:
        compute(call)
run()  # imports and time zone files are read once
seen = []
WATCHED = ("open", "socket.", "exec", "compile", "import", "os.", "subprocess.", "ctypes.", "shutil.", "pickle.")
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith(WATCHED) else None)
run()
print(len(made) > 850, sorted(set(seen)))
"""


@pytest.mark.slow
def test_as_text_it_stays_what_it_is_and_evaluation_touches_nothing_of_the_host() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", _CANARY], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True []", "")
