"""Constant durations and keys of clauses and steps: what may stand there and in which range."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from treadle.dsl import nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import PRINTABLE, is_kind
from treadle.dsl.checker.walking import bare, shown
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.operations.text_form import duration_form
from treadle.dsl.type_codes import DOES_NOT_FIT, NOT_CONSTANT
from treadle.dsl.typesystem import BUSINESS_DAYS, DURATION, JSON, TEXT, Optional, Unknown, plain, show

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

DAY = 86400.0  # seconds
YEAR = 366 * DAY
LONGEST_WAIT = 365 * DAY  # seconds that a step may wait
_NO_NAMES = Env()


def key(inference: Inference, node: nodes.Expr, env: Env, what: str) -> None:
    """Check a key: a value with a text form, which may be missing; `what` names it in words."""
    found = inference.infer(node, env.at("a key"))
    if not (isinstance(found, Unknown) or found == JSON or is_kind(plain(found), *PRINTABLE)):
        inference.desk.report(DOES_NOT_FIT, node.span, what=what, expected=show(TEXT), actual=show(plain(found)))


def constant_duration(
    inference: Inference, node: nodes.Expr, what: str, most: float, least: float = 0.0, env: Env = _NO_NAMES
) -> None:
    """Check a duration that must be known when the file is checked; `most` and `least` in seconds.

    `env` has the names that are known there, so that one of them is not reported as unknown.
    """
    actual = inference.infer(node, env.at("a constant"))
    if isinstance(actual, Optional | Unknown):
        return
    if actual != DURATION:
        inference.meet(node, actual, DURATION, what)
        return
    seconds = seconds_of(node, inference.file)
    if seconds is None:
        name = shown(node, inference.file.module.text).strip("`")
        inference.desk.report(NOT_CONSTANT, node.span, what=what, name=name)
    elif not (seconds > 0 and least <= seconds <= most):
        inference.desk.report(
            codes.OUT_OF_RANGE, node.span, what=what, low=words(least) if least else "1 ms", high=words(most)
        )


def passing(inference: Inference, node: nodes.Expr, env: Env, what: str) -> None:
    """Check a duration that a step waits; a constant one must end after it began."""
    actual = inference.infer(node, env, DURATION)
    if actual == BUSINESS_DAYS:
        written = shown(node, inference.file.module.text).strip("`")
        notes: tuple[str, ...] = (f"write `wait until now + {written}`",)
        fixes: tuple[Fix, ...] = (Fix(notes[0], (TextEdit(node.span.start, node.span.start, "until now + "),)),)
        if what != "`wait`":
            notes, fixes = ("a duration is exact: `2 days` are 48 hours",), ()
        inference.desk.report(
            DOES_NOT_FIT, node.span, notes=notes, fixes=fixes, what=what, expected="duration", actual=show(actual)
        )
        return
    inference.meet(node, actual, DURATION, what)
    of = bare(node)
    negative = isinstance(of, nodes.Unary) and seconds_of(of.of, inference.file) is not None
    seconds = seconds_of(of, inference.file)
    if negative or (seconds is not None and not 0 < seconds <= LONGEST_WAIT):
        inference.desk.report(codes.OUT_OF_RANGE, node.span, what=what, low="1 ms", high=words(LONGEST_WAIT))


def whole(inference: Inference, node: nodes.Constant, what: str, low: int, high: int) -> None:
    """Check a constant count."""
    if not (isinstance(node.value, int) and low <= node.value <= high):
        inference.desk.report(codes.OUT_OF_RANGE, node.span, what=what, low=low, high=high)


def words(seconds: float) -> str:
    """Seconds as the language writes a duration."""
    return duration_form(timedelta(seconds=seconds))
