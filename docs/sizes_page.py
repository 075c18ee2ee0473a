"""The page of the reference with every bound and every default, read from the code that enforces it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from treadle.dsl import graph, shortening
from treadle.dsl.analysis import tables
from treadle.dsl.checker import (
    agents,
    agents_use,
    blocks,
    bounds,
    calling,
    headers,
    limits,
    trials,
    weighing,
)
from treadle.dsl.lower import constants
from treadle.dsl.operations import numbers, regex
from treadle.dsl.operations.scope import LIMITS
from treadle.dsl.operations.text_form import duration_form
from treadle.dsl.parser import limits as sizes
from treadle.runtime import advance, budgets, runaways, schedules, windows
from treadle.runtime.machine import forks

HEAD = """# Sizes, bounds and defaults

Every figure is read from the code that enforces it. What is too big when a file is read or checked is an error with a
code; what is too big while a run computes fails its step with the code `limit`.
"""

Row = tuple[str, str]


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for title, rows in (
        ("A file", _file()),
        ("One evaluation", _evaluation()),
        ("Clauses and declarations", _clauses()),
        ("Steps", _steps()),
        ("Defaults", _defaults()),
        ("Runs and schedules", _runs()),
    ):
        lines += [f"## {title}", "", "| what | figure |", "|---|---|"]
        lines += [f"| {what} | {figure} |" for what, figure in rows] + [""]
    return "\n".join(lines)


def _file() -> Iterator[Row]:
    yield "characters of a file (`E601`)", f"{sizes.FILE_CHARACTERS:,}"
    yield "lines of a file (`E607`)", f"{sizes.FILE_LINES:,}"
    yield "words and signs of a file, texts and comments included (`E610`)", f"{sizes.FILE_TOKENS:,}"
    yield "characters of a logical line (`E603`)", f"{sizes.LINE_CHARACTERS:,}"
    yield "levels of brackets, signs and calls inside each other (`E602`)", f"{sizes.EXPRESSION_DEPTH}"
    yield "words and signs of a logical line (`E603`)", f"{sizes.LINE_TOKENS:,}"
    yield "digits of a written number (`E604`)", f"{sizes.NUMBER_DIGITS}"
    yield "days of a written duration (`E605`)", f"{sizes.DURATION_DAYS:,}"
    yield "blocks inside each other (`E606`)", f"{sizes.BLOCK_DEPTH}"
    yield "levels of a type, and its parts (`E609`)", f"{weighing.DEEPEST}, {weighing.MOST_PARTS:,}"
    yield "parts of a constant (`E319`)", f"{constants.LARGEST:,}"
    yield "errors, and warnings, that are shown of a file (`E608`, `W601`)", f"{shortening.SHOWN}"
    yield "characters of a pattern after `matches`", f"{regex.LONGEST:,}"
    yield "steps of work that the check of a table takes at most (`W701`)", f"{tables.WORK:,}"


def _evaluation() -> Iterator[Row]:
    yield "steps: nodes of functions and lambdas, items walked, 16 characters made", f"{LIMITS.steps:,}"
    yield "characters of a text", f"{LIMITS.text:,}"
    yield "items of a list or a map", f"{LIMITS.items:,}"
    yield "bits of an int", f"{LIMITS.bits} (some {LIMITS.bits * 3 // 10} digits)"
    yield "significant digits of a computed number", f"{numbers.DIGITS}"
    yield "exponent of a computed number", f"±{numbers.EXPONENT}"
    yield "levels of an expression with the functions it calls", f"{LIMITS.depth}"


def _clauses() -> Iterator[Row]:
    yield "`every`", f"1 second to {_span(bounds.YEAR)}"
    yield "`once per ... within`", f"up to {_span(headers.LONGEST_MEMORY)}"
    yield "`at most N`", f"1 to {headers.MOST_FIRINGS:,}, in up to {_span(bounds.YEAR)}"
    yield "`after ... of quiet`", f"up to {_span(headers.LONGEST_QUIET)}"
    yield "`priority`", f"-{headers.HIGHEST_PRIORITY} to {headers.HIGHEST_PRIORITY}"
    yield "`limit ... at most N`", f"1 to {limits.MOST:,}, in up to {_span(limits.LONGEST_WINDOW)}"
    yield "`turns` of an agent", f"1 to {agents.MOST_TURNS}"
    yield "`memory ... last N turns`", f"1 to {agents.MOST_REMEMBERED}"
    yield "`after` in a test", f"up to {_span(trials.LONGEST)}"


def _steps() -> Iterator[Row]:
    yield "`timeout` of a call", f"up to {_span(calling.LONGEST_TIMEOUT)}"
    yield "`timeout` of `ask`", f"up to {_span(agents_use.LONGEST_TURNS)}"
    yield "`retry N times over`", f"1 to {calling.MOST_TRIES} times, over up to {_span(calling.LONGEST_RETRY)}"
    yield "`wait` and `up to`", f"1 ms to {_span(bounds.LONGEST_WAIT)}"
    yield "`for each ... up to N at once`", f"1 to {blocks.MOST_AT_ONCE}"
    yield "items of one `for each`", f"{forks.MOST_ITEMS:,}"


def _defaults() -> Iterator[Row]:
    fields = graph.Call.__struct_fields__
    call = dict(zip(fields[-len(graph.Call.__struct_defaults__) :], graph.Call.__struct_defaults__, strict=True))
    yield "`timeout` of a call (a plugin may say another)", _span(call["timeout"])
    yield "`retry`", f"{call['tries']} times over {_span(call['over'])}"
    yield "`timeout` of `ask`", _span(graph.Ask(id="", span=None, agent="", text=None).timeout)  # type: ignore[arg-type]
    yield "`once per`", _span(graph.Once(key=None).within)  # type: ignore[arg-type]
    yield "`turns`", str(graph.Agent(name="", plugin="", connection=None, models=(), instructions=None).turns)  # type: ignore[arg-type]
    yield "`for each`", "one at a time"
    yield "`priority`", "0"
    yield "a missed schedule", "`catch up once`"


def _runs() -> Iterator[Row]:
    yield "steps of a run", f"{budgets.MOST_STEPS:,}"
    yield "what one step gives, as JSON (`too_large`)", _bytes(budgets.MOST_OUTPUT)
    yield "what a run remembers under its names, as JSON (`limit`)", _bytes(budgets.MOST_STATE)
    yield "inputs and outputs of all steps of a run (`limit`)", _bytes(budgets.MOST_KEPT)
    yield "a run at work, waits left out (`limit`)", duration_form(budgets.MOST_ACTIVE)
    yield "runs that follow from one another", f"{advance.MOST_HOPS}"
    yield "runs that follow from one in a day, further than one link away (`runaway`)", f"{runaways.MOST_FOLLOWING:,}"
    yield "runs of one rule in a minute, for each worker (`runaway`)", f"{runaways.MOST_OF_RULE:,}"
    yield "those of them about one thing (`runaway`)", f"{runaways.MOST_OF_KEY:,}"
    yield "firings that `catch up all` makes up for", f"{schedules.MOST_CAUGHT_UP}"
    yield "a firing that late was not missed (`skip missed`)", duration_form(schedules.ON_TIME)
    yield "runs that wait for a window start within", f"{duration_form(windows.SPREAD)}, or a tenth of the window"


def _bytes(count: int) -> str:
    return f"{count // 1024**2} MB"


def _span(seconds: float) -> str:
    return duration_form(timedelta(seconds=seconds))
