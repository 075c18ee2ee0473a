"""From where lark stopped to a sentence about what is wrong. Owns the choice of the code for a line that does not fit.

Only the place where lark stopped and the set of what could follow are trusted: behind a fault its lexer guesses.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from treadle.dsl.diagnostics import Fix
from treadle.dsl.parser import habits, words
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.scanner import BLANKS
from treadle.dsl.parser.words import RESERVED, UNITS, visible
from treadle.dsl.spelling import did_you_mean
from treadle.dsl.syntax_codes import (
    ASSIGNS,
    CHAINED,
    ENDS_EARLY,
    EXPRESSION_MISSING,
    UNEXPECTED,
    UNKNOWN_SIGN,
    UNKNOWN_STEP,
    UNKNOWN_UNIT,
)
from treadle.dsl.syntax_codes import RESERVED as RESERVED_WORD

_WORD = re.compile(r"\w+|&&|\|\||===|!==|==|!=|<>|<=|>=|=<|=>|->|\?\?|\?\.|\+\+|\*\*|//|[^ \t\r\n]")
_LAST = re.compile(r"(?:\w+|==|!=|<=|>=|=>|->|\?\?|\?\.|[^\w\s])\Z")
_NUMBER = re.compile(r"(?<!\w)[0-9]+(?:\.[0-9]+)?\Z")

_FOREIGN_SIGN = re.compile(r"===|!==|<>|=<|&&|\|\||\+\+|\*\*|//|->")
_ARGUMENT = re.compile(r"[(,]\s*[^\W\d]\w*\s*\Z")
_FIELD = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
_BRACKETS = re.compile(r'"(?:\\.|[^"\\])*"|[()\[\]{}]')
_COMPARISONS = {"COMPARE", "IN", "CONTAINS", "STARTS", "ENDS", "MATCHES", "IS"}
_COMPARING = {"==", "!=", "<", "<=", ">", ">=", "in", "contains", "starts", "ends", "matches", "is", "not"}
_VALUES = {"NUMBER", "QUOTE"}  # where both may follow, an expression is expected
_OPERATOR_SIGNS = {"+", "-", "*", "/", "%"}
_NO_UNITS = _COMPARING | {"then", "between", "exists", "like", "equals"}
_CELL_SIGNS = ("<", ">", "=", "!")
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "COMPARE", "AND", "OR"}
_SHOWN = {
    "NAME": "a name", "NUMBER": "a number", "QUOTE": "a text", "RAW": 'a text in `"`', "LPAR": "`(`", "RPAR": "`)`",
    "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`", "COMMA": "`,`", "COLON": "`:`", "EQUAL": "`=`",
    "DOT": "`.`", "ARROW": "`->`", "QUESTION": "`?`", "CLOCK": "a time such as `09:00`",
    "DAY": "a day such as `monday`", "DATE": "a date such as `2026-12-25`", "RANGE": "`..`",
    "$END": "the end of the line",
}  # fmt: skip


_NO_WORDS = {*_SHOWN, *_OPERATORS, "STAR"} - {"AND", "OR"}


class _Stop(NamedTuple):
    """Where reading stopped: offsets in the code, the word there ("" at the end) and before, what could follow."""

    at: int
    before: int
    found: str
    after: str
    expected: frozenset[str]
    code: str

    @property
    def alone(self) -> bool:
        """Whether the line holds one word before the place."""
        return self.code[: self.before] == self.after

    @property
    def behind_value(self) -> bool:
        """Whether a value ends before the place, so that operators may follow."""
        return len(self.expected & _OPERATORS) > 2


def report(error: Any, code: str, reading: Reading, base: int) -> None:
    """Adds the one diagnostic for a line that lark could not read; `error` is its `UnexpectedInput`."""
    stop = _locate(error, code)
    for explain in (_taken, _at_end, _step, _foreign, _assigns, _unit, _chained, _no_value):
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
    return _Stop(at, before, found.group() if found else "", last.group() if last else "", expected, code)


def _wants_value(stop: _Stop) -> bool:
    return stop.expected >= _VALUES


def _taken(stop: _Stop, reading: Reading, base: int) -> bool:
    """A reserved word that was read as a name, since nothing else could stand there."""
    given = stop.found == "=" and stop.alone
    if stop.after not in RESERVED - {"true", "false", "for"} or not (stop.behind_value or given):
        return False
    start = stop.before - len(stop.after)
    if stop.after not in words.OPERATORS or given:
        reading.report(RESERVED_WORD, base + start, base + stop.before, word=stop.after)
        return True
    before = len(stop.code[:start].rstrip(BLANKS))
    last = _LAST.search(stop.code, max(0, before - 80), before)
    reading.report(EXPRESSION_MISSING, base + before, base + before, after=last.group() if last else "")
    return True


def _step(stop: _Stop, reading: Reading, base: int) -> bool:
    """A line of steps that begins with a word and goes on with what could only follow a word of ours."""
    follows = stop.found[:1].isalnum() or stop.found in ('"', "{", "[", "_") or stop.found in words.OPERATORS
    if not (stop.alone and "EQUAL" in stop.expected and stop.behind_value and follows):
        return False
    start = base + stop.before - len(stop.after)
    known = habits.STEPS.get(stop.after)
    notes = (known,) if known else did_you_mean(stop.after, words.STEPS)
    reading.report(UNKNOWN_STEP, start, base + stop.before, notes=notes, word=stop.after)
    return True


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
    ours = habits.SIGNS.get(stop.found)
    if stop.found == "->" and _wants_value(stop):
        reading.report(UNEXPECTED, start, end, notes=(habits.NOTES["->"],), found="->", expected="an operator")
        return True
    if (stop.found == "=>" and stop.after == ")") or (
        ours is None and stop.found not in habits.SIGN_NOTES and not _is_strange(stop.found)
    ):
        return False
    notes = (habits.SIGN_NOTES[stop.found],) if stop.found in habits.SIGN_NOTES else ()
    fixes: tuple[Fix, ...] = ()
    if ours:
        padded = f"{ours} " if ours == "not" else ours
        fixes = (reading.fix(f"write `{ours}`", start, end, padded),)
    reading.report(UNKNOWN_SIGN, start, end, notes=notes, fixes=fixes, sign=visible(stop.found))
    return True


def _is_strange(found: str) -> bool:
    return not (found[0].isalnum() or found[0] in '_"()[]{}.,:=<>+-*/%?#|' or found in ("!=", "??", "?."))


def _assigns(stop: _Stop, reading: Reading, base: int) -> bool:
    if stop.found != "=" or not (stop.behind_value or stop.after in _OPERATOR_SIGNS):
        return False
    start, before = base + stop.at, stop.code[: stop.before]
    if _ARGUMENT.search(before) and _in_call(before):
        fix = reading.fix("write `:`", start, start + 1, ":")
        reading.report(UNEXPECTED, start, start + 1, fixes=(fix,), found="=", expected="`:`")
        return True
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    if stop.after in _OPERATOR_SIGNS:
        notes = (f"there is no `{stop.after}=`; a value is given its name once",)
    elif _FIELD.fullmatch(before):
        notes = ("a field is changed by an action of its plugin",)
    else:
        fixes = (reading.fix("write `==`", start, start + 1, "=="),)
    reading.report(ASSIGNS, start, start + 1, notes=notes, fixes=fixes)
    return True


def _in_call(code: str) -> bool:
    """Whether the innermost bracket that is open at the end is that of a call."""
    opened: list[int] = []
    for found in _BRACKETS.finditer(code):
        if found.group() in "([{":
            opened.append(found.start())
        elif found.group() in ")]}" and opened:
            opened.pop()
    return bool(opened) and code[opened[-1]] == "(" and re.search(r"\w\Z", code[: opened[-1]]) is not None


def _unit(stop: _Stop, reading: Reading, base: int) -> bool:
    numbered = stop.before < stop.at and stop.after.replace(".", "").isdigit()
    if not numbered or not stop.found.isalpha() or not stop.expected & {"PLUS"} or stop.found in _NO_UNITS:
        return False
    start, end = base + stop.at, base + stop.at + len(stop.found)
    if reading.text[end:].lstrip(" ").startswith(":"):
        return False  # the name of the next argument, behind a comma that was forgotten
    known = habits.UNITS.get(stop.found)
    if not known and _near_words(stop):
        return False
    notes = (known,) if known else did_you_mean(stop.found, (*UNITS, "usd"))
    reading.report(UNKNOWN_UNIT, start, end, notes=notes, unit=stop.found)
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
    fixes, notes = fixes or _set_instead(stop, reading, base), _notes(stop)
    reading.report(UNEXPECTED, start, end, notes=notes, fixes=fixes, found=stop.found, expected=_listed(stop.expected))


def _set_instead(stop: _Stop, reading: Reading, base: int) -> tuple[Fix, ...]:
    """`is null` and its like, as a fix."""
    if stop.found not in habits.MISSING or "SET" not in stop.expected:
        return ()
    ours = "not set" if "NOT" in stop.expected else "set"
    return (reading.fix(f"write `{ours}`", base + stop.at, base + stop.at + len(stop.found), ours),)


def _notes(stop: _Stop) -> tuple[str, ...]:
    if stop.found in (":", "{") and stop.code[stop.at + 1 :].lstrip(" ")[:1] not in ("", "\n"):
        return ()
    if stop.expected == {"EACH"}:
        return (habits.STEPS["for"],)
    if stop.found == "=>" and stop.after == ")":
        return ("write `x => ...` without brackets around the name",)
    if stop.found[:1].isdigit() and re.search(r"[0-9] *[a-z]+\Z", stop.code[: stop.before]):
        return ("durations are added: `1 hour + 30 min`",)
    if re.fullmatch(r"[hmsdw][0-9].*", stop.found) and stop.after.isdigit():
        return ("durations are added: `1 hour + 30 min`",)
    if stop.found in ("and", "or") and stop.code.startswith(_CELL_SIGNS):
        return ("two conditions in a cell are written `it > 1 and it < 9`",)
    return (habits.NOTES[stop.found],) if stop.found in habits.NOTES else _near_words(stop)


def _near_words(stop: _Stop) -> tuple[str, ...]:
    """The word of ours that could stand here and looks like what does."""
    return did_you_mean(stop.found, [each.lower() for each in stop.expected - _NO_WORDS if each.isalpha()])


def _listed(expected: frozenset[str]) -> str:
    """What could follow, in words; all operators are one item, and so are all values."""
    rest, items = set(expected) - {"TRIPLE_QUOTE"}, []
    if rest >= _VALUES:
        rest, items = rest & {"RPAR", "RSQB", "RBRACE"}, ["an expression"]
    operators = len(rest & _OPERATORS) > 2
    if operators:
        rest &= {"COMMA", "RPAR", "RSQB", "RBRACE", "AS", "EQUAL", "COLON", "$END"}
    items += sorted(_SHOWN.get(each, f"`{each.lower()}`") for each in rest if not each.startswith("__"))
    items += ["an operator"] if operators else []
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}" if items else "something else"
