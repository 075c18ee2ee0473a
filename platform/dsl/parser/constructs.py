"""Which construct a line begins: told by its first words, before it is read.

Owns the table of clauses and their rules of the grammar.
"""

from __future__ import annotations

import re

_CLAUSES = (
    (r"when +every\b(?! *\.| +as\b)", "when_every"),
    (r"when +cron\b(?! *\.| +as\b)", "when_cron"),
    (r"when +webhook\b(?! *\.| +as\b)", "when_webhook"),
    (r"when +by\b(?! *\.| +as\b)", "when_by_hand"),
    (r"when\b", "when"),
    (r"where\b", "where"),
    (r"once\b", "once"),
    (r"at\b", "at_most"),
    (r"after\b", "quiet"),
    (r"one\b", "one_at_a_time"),
    (r"stop +when\b", "stop_when"),
    (r"only\b", "only_during"),
    (r"priority\b", "priority"),
    (r"off\b|stop +after\b|including\b|rehearse\b", "flag"),
)
CLAUSES = tuple((re.compile(begins), start) for begins, start in _CLAUSES)

_BOUND = re.compile(r"\bas +(?:list +)?([^\W\d]\w*)")
_NAMED = re.compile(r'\s+(?:"((?:\\.|[^"\\])*)"|([^\W\d]\w*))')


def clause(code: str) -> str | None:
    """The grammar's rule for a clause that begins like the code."""
    return next((start for begins, start in CLAUSES if begins.match(code)), None)


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
