"""From where lark stopped to a sentence about what is wrong. Owns the choice of the code for a line that does not fit.

Only the place where lark stopped and the set of what could follow are trusted: behind a fault its lexer guesses.
"""

from __future__ import annotations

import re
from typing import Any

from treadle.dsl.diagnostics import Fix
from treadle.dsl.parser import habit_lines, habit_members, habits, hints, words
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.scanner import BLANKS
from treadle.dsl.parser.stops import COMPARISONS, Stop, locate
from treadle.dsl.parser.words import DAYS, RESERVED, UNITS, visible
from treadle.dsl.spelling import did_you_mean, suggest
from treadle.dsl.syntax_codes import (
    ASSIGNS,
    CHAINED,
    ENDS_EARLY,
    EXPRESSION_MISSING,
    NO_DAY,
    UNEXPECTED,
    UNKNOWN_SIGN,
    UNKNOWN_STEP,
    UNKNOWN_UNIT,
)
from treadle.dsl.syntax_codes import RESERVED as RESERVED_WORD

_LAST = re.compile(r"(?:\w+|[^\w\s])\Z")
_ARGUMENT = re.compile(r"[(,]\s*[^\W\d]\w*\s*\Z")
_FIELD = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
_BRACKETS = re.compile(r'"(?:\\.|[^"\\])*"|[()\[\]{}]')
_NEXT_LINE = re.compile(r"[ \r]*\n( *)(?=[^\s#])")
_COMPARING = {"==", "!=", "<", "<=", ">", ">=", "in", "contains", "starts", "ends", "matches", "is", "not"}
_EVERY = re.compile(r"when +every +([^\W\d]\w*)")
_ONE_SIDED = "a choice has two sides: `a if test else b`; steps under a condition stand deeper under `if test`"
_OPERATOR_SIGNS = {"+", "-", "*", "/", "%"}
_NO_UNITS = _COMPARING | {"then", "between", "exists", "like", "equals"}


def report(error: Any, code: str, reading: Reading, base: int) -> None:
    """Adds the one diagnostic for a line that lark could not read; `error` is its `UnexpectedInput`."""
    stop = locate(error, code)
    for explain in (_taken, _at_end, _step, _day, _foreign, _assigns, _unit, _chained, _no_value):
        if explain(stop, reading, base):
            return
    _unexpected(stop, reading, base)


def _taken(stop: Stop, reading: Reading, base: int) -> bool:
    """A reserved word that was read as a name, since nothing else could stand there."""
    given = stop.found == "=" and stop.alone and stop.after in words.STEPS
    if stop.after not in RESERVED - {"true", "false", "for"} or not (stop.behind_value or given):
        return False
    start = stop.before - len(stop.after)
    if stop.after not in words.OPERATORS or given:
        notes = (habits.GIVEN[stop.after],) if stop.after in habits.GIVEN and not given else ()
        reading.report(RESERVED_WORD, base + start, base + stop.before, notes=notes, word=stop.after)
        return True
    before = len(stop.code[:start].rstrip(BLANKS))
    last = _LAST.search(stop.code, max(0, before - 80), before)
    reading.report(EXPRESSION_MISSING, base + before, base + before, after=last.group() if last else "")
    return True


def _step(stop: Stop, reading: Reading, base: int) -> bool:
    """A line of steps that begins with a word and goes on with what could only follow a word of ours."""
    follows = stop.found[:1].isalnum() or stop.found in ('"', "{", "[", "_") or stop.found in words.OPERATORS
    if not (stop.alone and "EQUAL" in stop.expected and stop.behind_value and follows):
        return False
    start = base + stop.before - len(stop.after)
    known = habits.STEPS.get(stop.after)
    notes = (known,) if known else did_you_mean(stop.after, words.STEPS)
    reading.report(UNKNOWN_STEP, start, base + stop.before, notes=notes, word=stop.after)
    return True


def _at_end(stop: Stop, reading: Reading, base: int) -> bool:
    if stop.found:
        return False
    if stop.wants_value:
        end = base + stop.before
        reading.report(EXPRESSION_MISSING, end, end, notes=_on_next_line(reading, end), after=stop.after)
    else:
        ends = (*habit_lines.ENDS, *habit_members.ENDS)
        notes = tuple(habit.note for habit in ends if re.fullmatch(habit.line, stop.code))[:1] or (
            (_ONE_SIDED,) if stop.shown == "`else`" else hints.second_word(stop)
        )
        reading.report(ENDS_EARLY, base + stop.before, base + stop.before, notes=notes, expected=stop.shown)
    return True


def _on_next_line(reading: Reading, end: int) -> tuple[str, ...]:
    """A note when the expression seems to stand on the next line, deeper than this one."""
    begin = reading.text.rfind("\n", 0, end) + 1
    found = None if words.OWNS_BLOCK.match(reading.text[begin:end].lstrip(" ")) else _NEXT_LINE.match(reading.text, end)
    indent = len(reading.text[begin:end]) - len(reading.text[begin:end].lstrip(" "))
    deeper = found is not None and len(found.group(1)) > indent
    return ("it goes on in the next line only inside brackets: open `(` on this one",) if deeper else ()


def _day(stop: Stop, reading: Reading, base: int) -> bool:
    """A word that stands where days stand and is none; behind `every` it was read as the name of a duration."""
    every = _EVERY.fullmatch(stop.code[: stop.before])
    named = every and every.group(1) not in DAYS and stop.found in ("at", ",", "-", "and")
    if not named and not ("DAY" in stop.expected and stop.found.isalpha()):
        return False
    word = every.group(1) if every and named else stop.found
    start = base + (stop.before - len(word) if named else stop.at)
    ours = word.lower().removesuffix("s")
    fixes = (reading.fix(f"write `{ours}`", start, start + len(word), ours),) if ours in DAYS else ()
    notes = () if fixes else did_you_mean(word, DAYS)
    reading.report(NO_DAY, start, start + len(word), notes=notes, fixes=fixes, word=word)
    return True


def _foreign(stop: Stop, reading: Reading, base: int) -> bool:
    start, end = base + stop.at, base + stop.at + len(stop.found)
    ours = habits.SIGNS.get(stop.found)
    if stop.found == "->" and stop.wants_value:
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


def _assigns(stop: Stop, reading: Reading, base: int) -> bool:
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


def _unit(stop: Stop, reading: Reading, base: int) -> bool:
    numbered = stop.before < stop.at and stop.after.replace(".", "").isdigit()
    if not numbered or not stop.found.isalpha() or not stop.expected & {"PLUS"} or stop.found in _NO_UNITS:
        return False
    start, end = base + stop.at, base + stop.at + len(stop.found)
    if reading.text[end:].lstrip(" ").startswith(":"):
        return False  # the name of the next argument, behind a comma that was forgotten
    known = habits.UNITS.get(stop.found)
    near = suggest(stop.found, (*stop.words, *UNITS, "usd"))
    if not known and near and near not in UNITS and near != "usd":
        return False
    notes = (known,) if known else did_you_mean(stop.found, (*UNITS, "usd"))
    reading.report(UNKNOWN_UNIT, start, end, notes=notes, unit=stop.found)
    return True


def _chained(stop: Stop, reading: Reading, base: int) -> bool:
    if stop.found not in _COMPARING or stop.expected & COMPARISONS or not stop.expected & {"AND", "OR"}:
        return False
    start = base + stop.at
    reading.report(CHAINED, start, start + len(stop.found), sign=stop.found)
    return True


def _no_value(stop: Stop, reading: Reading, base: int) -> bool:
    if not stop.wants_value or not stop.before:
        return False
    halved = stop.after in ("and", "or") and stop.found in ("<", "<=", ">", ">=", "==", "!=")
    notes = (f"both sides are conditions: `x > 1 {stop.after} x < 9`",) if halved else ()
    reading.report(EXPRESSION_MISSING, base + stop.before, base + stop.before, notes=notes, after=stop.after)
    return True


def _unexpected(stop: Stop, reading: Reading, base: int) -> None:
    start, end = base + stop.at, base + stop.at + len(stop.found)
    found = hints.hint(stop, reading, base)
    reading.report(UNEXPECTED, start, end, notes=found.notes, fixes=found.fixes, found=stop.found, expected=stop.shown)
