"""Patterns that hang other engines are answered in linear time."""

from __future__ import annotations

import time

import pytest

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import EvaluationError, Scope, compile_expr

_CORES = (
    r"(a+)+",
    r"(a*)*",
    r"(a|a)*",
    r"(a|aa)+",
    r"([a-z]+)*",
    r"(.*a){12}",
    r"(a?){25}a{25}",
    r"((a+)+)+",
    r"(a|b|ab)*",
    r"(\w+\s?)+",
)
_TAILS = ("$", "b$", "!$", "c", "[^a]$")
_INPUTS = ("a" * 50_000 + "!", "ab" * 25_000 + "!", "a " * 25_000 + "!", "x" * 50_000)


@pytest.mark.parametrize("core", _CORES)
def test_an_evil_pattern_takes_linear_time(core: str) -> None:
    for tail in _TAILS:
        run = compile_expr(ex.Binary("matches", ex.Var("x"), ex.Lit(f"^{core}{tail}", "text")))
        for text in _INPUTS:
            started = time.process_time()
            run(Scope({"x": text}))
            assert time.process_time() - started < 0.25  # a backtracking engine needs longer than the universe


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?=a)", r"(?<=a)b", r"(?!a)", "a{1,100000}", "(" * 500, "a" * 2_000])
def test_what_is_not_linear_or_too_big_is_refused(pattern: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        compile_expr(ex.Binary("matches", ex.Var("x"), ex.Lit(pattern, "text")))
    assert caught.value.code == "pattern"
