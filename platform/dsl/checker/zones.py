"""Time zones by their names, cron lines: what can be told wrong before anything runs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError

from treadle.dsl import clause_codes as codes
from treadle.dsl import nodes
from treadle.dsl.checker.constants import constant_of
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.walking import bare, shown
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.operations.clock import zone_named
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.spelling import suggest
from treadle.dsl.type_codes import NOT_CONSTANT
from treadle.dsl.typesystem import TEXT

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_LONGEST_LINE = 200  # characters


@lru_cache(maxsize=1)
def _known() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def constant_zone(inference: Inference, node: nodes.Expr) -> None:
    """Check a zone that must be known when the file is checked."""
    if inference.expect(node, Env(place="a constant"), TEXT, "`in`") != TEXT:
        return
    if constant_of(node, inference.file) is None:
        name = shown(node, inference.file.module.text).strip("`")
        inference.desk.report(NOT_CONSTANT, node.span, what="A time zone of a schedule or a test", name=name)
    check_zones(inference, node)


def zone(inference: Inference, node: nodes.Expr, env: Env) -> None:
    """Check a zone that the run computes; the constants in it must be zones."""
    inference.expect(node, env.at("a time zone"), TEXT, "`in`")
    check_zones(inference, node)


def check_zones(inference: Inference, node: nodes.Expr) -> None:
    """Report each constant that the expression can give and that is no zone."""
    match bare(node):
        case nodes.CoalesceExpr(items=items):
            for item in items:
                check_zones(inference, item)
        case nodes.Ternary(then=then, other=other):
            check_zones(inference, then)
            check_zones(inference, other)
        case of:
            found = constant_of(of, inference.file)
            if found is not None and found.kind == "text":
                _check_name(inference, of, str(found.value))


def _check_name(inference: Inference, node: nodes.Expr, name: str) -> None:
    try:
        zone_named(name)
    except EvaluationError:
        near = suggest(name, _known())
        notes = (f'did you mean "{near}"?',) if near else ("write one such as `Europe/Madrid`",)
        exact = near is not None and isinstance(node, nodes.Constant)
        fixes = (Fix(f'write "{near}"', (TextEdit(node.span.start, node.span.end, f'"{near}"'),)),) if exact else ()
        inference.desk.report(codes.UNKNOWN_ZONE, node.span, notes=notes, fixes=fixes, name=f'"{name}"')


def cron_line(inference: Inference, node: nodes.Constant) -> None:
    """Check a cron line of five fields."""
    reason = _wrong(str(node.value))
    if reason is not None:
        inference.desk.report(codes.BAD_CRON, node.span, reason=reason)


def _wrong(line: str) -> str | None:
    fields = line.split()
    if len(fields) != len(_FIELDS) or len(line) > _LONGEST_LINE:
        return f"it has the five fields {', '.join(_FIELDS)}"
    for at, name in enumerate(_FIELDS):
        alone = ["*"] * len(_FIELDS)
        alone[at] = fields[at]
        if not _reads(" ".join(alone)):
            return f"`{fields[at]}` is no {name}"
    return None if _reads(line) else "no day is ever like this"


def _reads(line: str) -> bool:
    try:
        CronSim(line, datetime(2026, 1, 1, tzinfo=UTC))
    except (CronSimError, AssertionError, ValueError, TypeError):
        return False
    return True
