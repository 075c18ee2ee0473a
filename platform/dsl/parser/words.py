"""The words of the language: what begins a declaration, a clause, a step, and what is therefore reserved."""

from __future__ import annotations

DECLARATIONS = (
    "edition", "use", "let", "function", "rule", "sequence",
    "table", "event", "agent", "limit", "calendar", "test", "shared",
)  # fmt: skip

CLAUSES = (
    "off", "when", "where", "once", "at", "after", "one", "stop", "only", "priority", "including", "rehearse", "do",
)  # fmt: skip

STEPS = (
    "if", "else", "match", "case", "for", "together", "wait", "on", "approve", "try", "start", "run", "cancel", "ask",
    "emit", "log", "stop", "return", "fail",
)  # fmt: skip

# These begin neither, but an expression with a name like them could not be told apart from an operator.
_OPERATORS = ("and", "or", "not", "in", "is", "true", "false")

RESERVED = frozenset((*CLAUSES, *STEPS, *_OPERATORS))

UNITS = (
    "s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "h", "hour", "hours",
    "d", "day", "days", "w", "week", "weeks",
)  # fmt: skip
