"""The words of the language: what begins a declaration, a clause, a step, and what is therefore reserved."""

from __future__ import annotations

import re

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

OWNS_BLOCK = re.compile(r"(?:\w+ *: *)?(?:if|else|match|case|for|together|on|try)\b")
"""How the code of a line begins under which steps stand."""

# These begin neither, but an expression with a name like them could not be told apart from an operator.
OPERATORS = ("and", "or", "not", "in", "is", "true", "false")

RESERVED = frozenset((*CLAUSES, *STEPS, *OPERATORS))

UNITS = (
    "s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "h", "hour", "hours",
    "d", "day", "days", "w", "week", "weeks",
)  # fmt: skip

DAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "day", "weekday", "weekend",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun",
)  # fmt: skip


def visible(sign: str) -> str:
    """A word or a sign as a message shows it; one that cannot be seen by its number in Unicode."""
    return sign if sign.isprintable() else f"U+{ord(sign[0]):04X}"
