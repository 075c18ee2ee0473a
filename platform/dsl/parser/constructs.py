"""Which construct a line begins: told by its first words, before it is read.

Owns the table of what this version runs and what it only knows. A construct that gets built loses its row here.
"""

from __future__ import annotations

import re

import msgspec

from treadle.dsl import later_codes as later
from treadle.dsl.codes import Code


class Later(msgspec.Struct, frozen=True):
    """A construct that is known and not run: how it begins, its name for people, its code, the lines that follow it."""

    begins: re.Pattern[str]
    construct: str
    code: Code
    then: str = ""


def _row(begins: str, construct: str, code: Code, then: str = "") -> Later:
    return Later(re.compile(begins), construct, code, then)


DECLARATIONS = (
    _row(r"table\b", "table", later.TABLE),
    _row(r"event\b", "event", later.EVENT),
    _row(r"agent\b", "agent", later.AGENT),
    _row(r"limit\b", "limit", later.LIMIT),
    _row(r"calendar\b", "calendar", later.CALENDAR),
    _row(r"test\b", "test", later.TEST),
    _row(r"shared +(?:let|function|table)\b", "shared", later.SHARED),
)

CLAUSES = (
    _row(r"off\Z", "off", later.OFF),
    _row(r"when +every\b(?! *\.)", "when every", later.EVERY),
    _row(r"when +cron\b(?! *\.)", "when cron", later.CRON),
    _row(r"when +webhook\b(?! *\.)", "when webhook", later.WEBHOOK),
    _row(r"when +by +hand\b", "when by hand", later.BY_HAND),
    _row(r"when +[^\W\d]\w* +as\b", "when EVENT", later.OWN_EVENT),
    _row(r"at +most\b", "at most", later.AT_MOST),
    _row(r"after\b.* of +quiet\b", "after ... of quiet", later.QUIET),
    _row(r"one +at +a +time\b", "one at a time", later.ONE_AT_A_TIME),
    _row(r"stop +when\b", "stop when", later.STOP_WHEN),
    _row(r"only +during\b", "only during", later.ONLY_DURING),
    _row(r"priority\b", "priority", later.PRIORITY),
    _row(r"stop +after\b", "stop after", later.STOP_AFTER),
    _row(r"including +own +changes\b", "including own changes", later.OWN_CHANGES),
    _row(r"rehearse\Z", "rehearse", later.REHEARSE),
)

STEPS = (
    _row(r"match\b", "match", later.MATCH),
    _row(r"for +each\b", "for each", later.FOR_EACH),
    _row(r"together\Z", "together", later.TOGETHER),
    _row(r"wait +until\b", "wait until", later.WAIT_UNTIL),
    _row(r"wait +for\b", "wait for", later.WAIT_FOR, "on timeout"),
    _row(r"approve\b", "approve", later.APPROVE, "on timeout"),
    _row(r"try\Z", "try", later.TRY, "on error"),
    _row(r"run\b", "run", later.RUN),
    _row(r"cancel\b", "cancel", later.CANCEL),
    _row(r"ask\b", "ask", later.ASK),
    _row(r"emit\b", "emit", later.EMIT),
    _row(r"return\b", "return", later.RETURN),
)

_BOUND = re.compile(r"\bas +(?:list +)?([^\W\d]\w*)")
_NAMED = re.compile(r'\s+(?:"((?:\\.|[^"\\])*)"|(?:(?:let|function|table)\s+)?([^\W\d]\w*))')


def known(code: str, table: tuple[Later, ...]) -> Later | None:
    """The row of `table` that the code begins like."""
    return next((row for row in table if row.begins.match(code)), None)


def bound(code: str) -> re.Match[str] | None:
    """The name behind `as`, which a clause or a step binds."""
    return _BOUND.search(code)


def declared(code: str) -> str | None:
    """The name that a declaration seems to give: its first text or word behind the keyword."""
    found = _NAMED.match(code, len(first_word(code)))
    return (found.group(1) or found.group(2)) if found else None


def first_word(code: str) -> str:
    """The word that a line begins with, or its first sign."""
    found = re.match(r"\w+|.", code)
    return found.group() if found else ""
