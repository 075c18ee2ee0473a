"""From where lark stopped to a sentence about what is wrong. Owns the choice of the code for a line that does not fit.

Only the place where lark stopped and the set of what could follow are trusted: behind a fault its lexer guesses.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from treadle.dsl.diagnostics import Fix
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.scanner import BLANKS
from treadle.dsl.parser.words import UNITS, visible
from treadle.dsl.spelling import did_you_mean
from treadle.dsl.syntax_codes import (
    ASSIGNS,
    CHAINED,
    ENDS_EARLY,
    EXPRESSION_MISSING,
    UNEXPECTED,
    UNKNOWN_SIGN,
    UNKNOWN_UNIT,
)

_WORD = re.compile(r"\w+|&&|\|\||===|!==|==|!=|<>|<=|>=|=>|->|\?\?|\?\.|\+\+|\*\*|//|[^ \t\r\n]")
_LAST = re.compile(r"(?:\w+|==|!=|<=|>=|=>|->|\?\?|\?\.|[^\w\s])\Z")
_NUMBER = re.compile(r"(?<!\w)[0-9]+(?:\.[0-9]+)?\Z")

# Signs of other languages, and what is written here instead.
_FOREIGN = {
    "&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "<>": "!=", "&": "and", "|": "or",
}  # fmt: skip
_HINTS = {
    "'": 'texts stand in `"`',
    "`": 'texts stand in `"`',
    ";": "each step has a line of its own",
    "++": "there is no `++`; a value is given its name once",
    "**": "powers are not part of the language",
    "//": "a comment begins with `#`",
    "$": 'values stand in a text as `"{lead.name}"`',
}
_NOTES = {"?": "a choice is written `a if test else b`"}
_FOREIGN_SIGN = re.compile(r"===|!==|<>|&&|\|\|")
_COMPARISONS = {"COMPARE", "IN", "CONTAINS", "STARTS", "ENDS", "MATCHES", "IS"}
_COMPARING = {"==", "!=", "<", "<=", ">", ">=", "in", "contains", "starts", "ends", "matches", "is", "not"}
_VALUES = {"NUMBER", "QUOTE"}  # where both may follow, an expression is expected
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "COMPARE", "AND", "OR"}
_SHOWN = {
    "NAME": "a name", "NUMBER": "a number", "QUOTE": "a text", "RAW": 'a text in `"`', "LPAR": "`(`", "RPAR": "`)`",
    "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`", "COMMA": "`,`", "COLON": "`:`", "EQUAL": "`=`",
    "DOT": "`.`", "ARROW": "`->`", "$END": "the end of the line",
}  # fmt: skip


class _Stop(NamedTuple):
    """Where reading stopped: offsets in the code, the word there ("" at the end) and before, what could follow."""

    at: int
    before: int
    found: str
    after: str
    expected: frozenset[str]


def report(error: Any, code: str, reading: Reading, base: int) -> None:
    """Adds the one diagnostic for a line that lark could not read; `error` is its `UnexpectedInput`."""
    stop = _locate(error, code)
    for explain in (_at_end, _foreign, _assigns, _unit, _chained, _no_value):
        if explain(stop, reading, base):
            return
    _unexpected(stop, reading, base)


def _locate(error: Any, code: str) -> _Stop:
    token = getattr(error, "token", None)
    ends = token is not None and token.type == "$END"
    at = len(code) if ends else min(error.pos_in_stream or 0, len(code))
    at = next(
        (sign.start() for sign in _FOREIGN_SIGN.finditer(code, max(0, at - 2)) if sign.start() < at < sign.end()), at
    )
    found = _WORD.match(code, at)
    before = len(code[:at].rstrip(BLANKS))
    last = _LAST.search(code, max(0, before - 80), before)
    expected = frozenset(error.interactive_parser.accepts())
    return _Stop(at, before, found.group() if found else "", last.group() if last else "", expected)


def _wants_value(stop: _Stop) -> bool:
    return stop.expected >= _VALUES


def _at_end(stop: _Stop, reading: Reading, base: int) -> bool:
    if stop.found:
        return False
    if _wants_value(stop):
        reading.report(EXPRESSION_MISSING, base + stop.before, base + stop.before, after=stop.after)
    else:
        reading.report(ENDS_EARLY, base + stop.before, base + stop.before, expected=_listed(stop.expected))
    return True


def _foreign(stop: _Stop, reading: Reading, base: int) -> bool:
    start, end = base + stop.at, base + stop.at + len(stop.found)
    ours = _FOREIGN.get(stop.found)
    if ours is None and stop.found not in _HINTS and not _is_strange(stop.found):
        return False
    notes = (_HINTS[stop.found],) if stop.found in _HINTS else ()
    fixes: tuple[Fix, ...] = ()
    if ours:
        padded = f"{ours} " if ours == "not" else ours
        fixes = (reading.fix(f"write `{ours}`", start, end, padded),)
    reading.report(UNKNOWN_SIGN, start, end, notes=notes, fixes=fixes, sign=visible(stop.found))
    return True


def _is_strange(found: str) -> bool:
    return not (found[0].isalnum() or found[0] in '_"()[]{}.,:=<>+-*/%?#|' or found in ("!=", "??", "?."))


def _assigns(stop: _Stop, reading: Reading, base: int) -> bool:
    if stop.found != "=" or not (stop.expected & _OPERATORS):
        return False
    start = base + stop.at
    reading.report(ASSIGNS, start, start + 1, fixes=(reading.fix("write `==`", start, start + 1, "=="),))
    return True


def _unit(stop: _Stop, reading: Reading, base: int) -> bool:
    numbered = stop.before < stop.at and stop.after.replace(".", "").isdigit()
    if not numbered or not stop.found.isalpha() or not stop.expected & {"PLUS"} or stop.found in _COMPARING:
        return False
    start, end = base + stop.at, base + stop.at + len(stop.found)
    if reading.text[end:].lstrip(" ").startswith(":"):
        return False  # the name of the next argument, behind a comma that was forgotten
    reading.report(UNKNOWN_UNIT, start, end, notes=did_you_mean(stop.found, (*UNITS, "usd")), unit=stop.found)
    return True


def _chained(stop: _Stop, reading: Reading, base: int) -> bool:
    if stop.found not in _COMPARING or stop.expected & _COMPARISONS or not stop.expected & {"AND", "OR"}:
        return False
    start = base + stop.at
    reading.report(CHAINED, start, start + len(stop.found), sign=stop.found)
    return True


def _no_value(stop: _Stop, reading: Reading, base: int) -> bool:
    if not _wants_value(stop) or not stop.before:
        return False
    reading.report(EXPRESSION_MISSING, base + stop.before, base + stop.before, after=stop.after)
    return True


def _unexpected(stop: _Stop, reading: Reading, base: int) -> None:
    start, end = base + stop.at, base + stop.at + len(stop.found)
    fixes: tuple[Fix, ...] = ()
    if "COMMA" in stop.expected and (stop.found.isidentifier() or stop.found == '"'):
        fixes = (reading.fix("put a comma", base + stop.before, base + stop.before, ","),)
    notes = (_NOTES[stop.found],) if stop.found in _NOTES else ()
    reading.report(UNEXPECTED, start, end, notes=notes, fixes=fixes, found=stop.found, expected=_listed(stop.expected))


def _listed(expected: frozenset[str]) -> str:
    """What could follow, in words; all operators are one item, and so are all values."""
    rest, items = set(expected), []
    if rest >= _VALUES:
        rest, items = rest & {"RPAR", "RSQB", "RBRACE"}, ["an expression"]
    operators = len(rest & _OPERATORS) > 2
    if operators:
        rest &= {"COMMA", "RPAR", "RSQB", "RBRACE", "AS", "EQUAL", "COLON", "$END"}
    items += sorted(_SHOWN.get(each, f"`{each.lower()}`") for each in rest if not each.startswith("__"))
    items += ["an operator"] if operators else []
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}" if items else "something else"
