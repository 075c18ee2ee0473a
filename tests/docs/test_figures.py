"""The figures that stand in the chapters of the language are those of the code."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from treadle.dsl import graph
from treadle.dsl.checker import agents, agents_use, blocks, bounds, calling, headers
from treadle.dsl.operations import numbers
from treadle.dsl.operations.scope import LIMITS
from treadle.dsl.operations.text_form import duration_form
from treadle.dsl.parser import limits as sizes
from treadle.runtime import agentmemory, budgets, modelcalls, schedules, windows
from treadle.runtime.machine import conversation, forks, turns
from treadle.sdk import Question

CHAPTERS = Path(__file__).parents[2] / "docs/language"


def _span(seconds: float) -> str:
    return duration_form(timedelta(seconds=seconds))


def _default(kind: type, field: str) -> float:
    names = kind.__struct_fields__[-len(kind.__struct_defaults__) :]  # type: ignore[attr-defined]
    return float(dict(zip(names, kind.__struct_defaults__, strict=True))[field])  # type: ignore[attr-defined]


SENTENCES = [
    ("rules.md", f"from 1 second to {_span(bounds.YEAR)}, counted"),
    ("rules.md", f"the latest {schedules.MOST_CAUGHT_UP} at most"),
    ("rules.md", f"remembered for {_span(_default(graph.Once, 'within'))}"),
    ("rules.md", f"up to {_span(headers.LONGEST_MEMORY)}"),
    ("rules.md", f"for so long, up to {_span(headers.LONGEST_QUIET)}"),
    ("rules.md", f"from -{headers.HIGHEST_PRIORITY} to {headers.HIGHEST_PRIORITY}"),
    ("rules.md", f"none that is more than {duration_form(schedules.ON_TIME)} old"),
    ("rules.md", f"within the first {duration_form(windows.SPREAD)} of it"),
    ("steps.md", f"A run has {budgets.MOST_STEPS:,} steps at most"),
    ("steps.md", f"A list may have {forks.MOST_ITEMS:,} items"),
    ("steps.md", f"says more, {blocks.MOST_AT_ONCE} at most"),
    ("steps.md", f"from 1 ms to {_span(bounds.LONGEST_WAIT)}"),
    ("agents.md", f"of one `ask` at most, 1 to {agents.MOST_TURNS} | {_default(graph.Agent, 'turns'):.0f}"),
    ("agents.md", f"with the same key, 1 to {agents.MOST_REMEMBERED}"),
    ("agents.md", f"an ask takes {_span(_default(graph.Ask, 'timeout'))} at most"),
    ("agents.md", f"it may say up to {_span(agents_use.LONGEST_TURNS)}"),
    ("agents.md", f"At most {conversation.MOST_AT_ONCE} calls are made"),
    ("agents.md", f"told up to {conversation.LONGEST_RESULT:,} characters"),
    ("agents.md", f"a conversation may have {turns.LONGEST:,}"),
    ("agents.md", f"the longest answer, {_default(Question, 'most_tokens'):,.0f} tokens"),
    ("agents.md", f"the first one as {modelcalls.UNPRICED} usd"),
    ("agents.md", f"up to {agentmemory.LONGEST_TEXT:,} characters each"),
    ("agents.md", f"has {agentmemory.LONGEST:,} characters at most"),
    ("effects.md", f"no longer, up to {_span(calling.LONGEST_TIMEOUT)} | {_span(_default(graph.Call, 'timeout'))}"),
    ("effects.md", f"up to {calling.MOST_TRIES} over {_span(calling.LONGEST_RETRY)}"),
    ("effects.md", f"{_default(graph.Call, 'tries'):.0f} times over {_span(_default(graph.Call, 'over'))}"),
    ("numbers.md", f"with {numbers.DIGITS} significant digits"),
    ("numbers.md", f"may have {sizes.NUMBER_DIGITS} digits"),
    ("numbers.md", f"may have {LIMITS.bits} bits"),
]


@pytest.mark.parametrize(("chapter", "sentence"), SENTENCES)
def test_a_figure_is_that_of_the_code(chapter: str, sentence: str) -> None:
    assert sentence in " ".join((CHAPTERS / chapter).read_text(encoding="utf-8").split())
