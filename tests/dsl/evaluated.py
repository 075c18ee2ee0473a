"""Cases of computing as text: `cases/README.md` says how one is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.dsl.computing import ALONE, NOW, Refused, compute
from tests.dsl.harness import Case, cases, sections

from treadle.dsl.evaluator import EvaluationError

_CLOCK = re.compile(r"(\S+) in (\S+)")
_HEARD = re.compile(r"(\S+.*) as (\w+)")


class Given(NamedTuple):
    """What the lines of a case are computed with."""

    head: str = ""
    owner: str = ALONE
    data: Mapping[str, str] = {}
    now: datetime = NOW
    zone: str = "Europe/Madrid"


class Evaluated(NamedTuple):
    """One line: an expression, and what it gives."""

    case: str
    given: Given
    expression: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.case}: {self.expression}"


def evaluated_cases() -> list[Evaluated]:
    """All lines of all cases under `cases/evaluate`."""
    return [line for case in cases("evaluate") for line in read(case)]


def read(case: Case) -> list[Evaluated]:
    """The lines of one case."""
    head, *rest = sections(case.text)
    given, found = Given(head=head.text), list[Evaluated]()
    for each in rest:
        word, _, words = each.title.partition(" ")
        if word == "given" and (heard := _HEARD.fullmatch(words)):
            plugin = f"use {words.partition('.')[0]}\n" if "." in words else ""
            owner = f'{plugin}rule "R"\n  when {words}'
            given = given._replace(owner=owner, data={heard.group(2): each.text})
        elif word == "at" and (clock := _CLOCK.fullmatch(words)):
            moment = datetime.fromisoformat(clock.group(1)).astimezone(UTC)
            given = given._replace(now=moment, zone=clock.group(2))
        else:
            assert each.title == "gives", f"{case}: {each.title}"
            found += read_lines(each.text, case.name, given)
    assert found, f"{case} computes nothing"
    return found


def read_lines(text: str, case: str, given: Given) -> list[Evaluated]:
    """A line each, comments and empty lines apart."""
    written = (line.strip() for line in text.splitlines())
    found = []
    for line in written:
        if line and not line.startswith("#"):
            expression, arrow, wanted = line.rpartition(" -> ")
            assert arrow, f"{case}: no ` -> ` in {line!r}"
            found.append(Evaluated(case, given, expression.strip(), wanted.strip()))
    return found


def assert_gives(line: Evaluated) -> None:
    """The line gives what stands behind its arrow."""
    word, _, words = line.wanted.partition(" ")
    if word == "refused":
        assert _refused(line) == [words], line
    elif word == "fails":
        code, _, part = words.partition(" ")
        failure = _failed(line)
        assert (failure.code, part in failure.message) == (code, True), failure.message
    else:
        wanted = None if line.wanted == "missing" else _value(line, line.wanted)
        found = _value(line, line.expression)
        assert alike(found, wanted), f"{line.expression} gives {found!r}, not {wanted!r}"


def alike(found: Any, wanted: Any) -> bool:
    """Whether both are the same value; `True` is no number here."""
    match found, wanted:
        case list(), list():
            return len(found) == len(wanted) and all(map(alike, found, wanted))
        case dict(), dict():
            return found.keys() == wanted.keys() and all(alike(each, wanted[key]) for key, each in found.items())
        case _:
            return isinstance(found, bool) is isinstance(wanted, bool) and bool(found == wanted)


def _value(line: Evaluated, expression: str) -> Any:
    given = line.given
    return compute(expression, given.now, given.zone, given.head, given.owner, given.data)


def _refused(line: Evaluated) -> list[str]:
    try:
        _value(line, line.expression)
    except Refused as refused:
        return sorted(set(refused.codes))
    raise AssertionError(f"{line.expression} is not refused")


def _failed(line: Evaluated) -> EvaluationError:
    try:
        found = _value(line, line.expression)
    except EvaluationError as failure:
        return failure
    raise AssertionError(f"{line.expression} gives {found!r} and does not fail")
