"""What to say beside the fact that a line cannot be read: notes, and a fix where one is sure."""

from __future__ import annotations

import re
from typing import NamedTuple

from treadle.dsl.diagnostics import Fix
from treadle.dsl.parser import habit_lines, habit_members, habits
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.stops import Stop
from treadle.dsl.spelling import did_you_mean

_CELL_SIGNS = ("<", ">", "=", "!")
_QUOTES = {"QUOTE", "TRIPLE_QUOTE"}
_LONG = 500  # characters of a line that the habits are looked for in; they are short, and a search takes time
_TEXT = re.compile(r'"[^"\n]*"')
_TITLED = re.compile(r"(?:rule|sequence|test)\b")
_UNQUOTED = re.compile(r'\w[^"\\{}()\[\]:#\r\n]*?(?=["\\{}()\[\]:#\r\n]|\Z| (?:as|at most|by|for|returns|up to)\b)')
_TITLE = re.compile(r'\w[^"\\{}()\[\]:#\r\n]*')
"""A name that stands without quotes, up to where something else begins; one of a declaration is all of its line."""


class Hint(NamedTuple):
    """Notes and fixes of one diagnostic."""

    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


def hint(stop: Stop, reading: Reading, base: int) -> Hint:
    """What helps with this stop, from what is most special to what is most general."""
    kinds = (_of_line, _quotes, _comma, _colon)
    found = next((each for kind in kinds if (each := kind(stop, reading, base))), None)
    return found or Hint(_notes(stop), _set_instead(stop, reading, base))


def _of_line(stop: Stop, reading: Reading, base: int) -> Hint | None:
    """A habit that is told by the line from its beginning up to the word that does not fit."""
    until = stop.at + len(stop.found)
    for habit in (*habit_lines.LINES, *habit_members.LINES) if until < _LONG else ():
        found = re.fullmatch(habit.line, stop.code[:until])
        if found is None:
            continue
        if habit.instead is None:
            return Hint((habit.note,))
        start, end = base + found.start("here"), base + found.end("here")
        return Hint((), (reading.fix(habit.note, start, end, habit.instead),))
    return None


def _quotes(stop: Stop, reading: Reading, base: int) -> Hint | None:
    """A name that stands without quotes, and one that stands in quotes where it has none."""
    start = base + stop.at
    if stop.expected == _QUOTES and stop.found.isidentifier():
        name = (_TITLE if _TITLED.match(stop.code) else _UNQUOTED).match(stop.code, stop.at)
        said = name.group().rstrip(" ") if name else stop.found
        return Hint((), (reading.fix(f'write `"{said}"`', start, start + len(said), f'"{said}"'),))
    text = _TEXT.match(stop.code, stop.at)
    if "NAME" not in stop.expected or stop.expected & _QUOTES or text is None:
        return None
    inside = text.group()[1:-1]
    if not inside.isidentifier():
        return Hint(("a name stands here, without quotes",))
    return Hint((), (reading.fix(f"write `{inside}`", start, base + text.end(), inside),))


def _comma(stop: Stop, reading: Reading, base: int) -> Hint | None:
    item = stop.found.isidentifier() or stop.found == '"'
    if "COMMA" not in stop.expected or not item or stop.expected & {"CATCH", "AT", "CLOCK"}:
        return None
    return Hint((), (reading.fix("put a comma", base + stop.before, base + stop.before, ","),))


def _colon(stop: Stop, reading: Reading, base: int) -> Hint | None:
    if stop.expected != {"COLON"} or not stop.found.isidentifier():
        return None
    return Hint((), (reading.fix("put a colon", base + stop.before, base + stop.before, ":"),))


def _set_instead(stop: Stop, reading: Reading, base: int) -> tuple[Fix, ...]:
    """`is null` and its like, as a fix, and `is` before a value."""
    if stop.after == "is" and "SET" in stop.expected and (stop.found == '"' or stop.found.isdigit()):
        return (reading.fix("write `==`", base + stop.before - 2, base + stop.before, "=="),)
    if stop.found not in habits.MISSING or "SET" not in stop.expected:
        return ()
    ours = "not set" if "NOT" in stop.expected else "set"
    return (reading.fix(f"write `{ours}`", base + stop.at, base + stop.at + len(stop.found), ours),)


def _notes(stop: Stop) -> tuple[str, ...]:
    if stop.found in (":", "{") and stop.code[stop.at + 1 :].lstrip(" ")[:1] not in ("", "\n"):
        return ()
    if stop.found == "=>" and stop.after == ")":
        return ("write `x => ...` without brackets around the name",)
    if stop.found[:1].isdigit() and re.search(r"[0-9] *[a-z]+\Z", stop.code[: stop.before]):
        return ("durations are added: `1 hour + 30 min`",)
    if re.fullmatch(r"[hmsdw][0-9].*", stop.found) and stop.after.isdigit():
        return ("durations are added: `1 hour + 30 min`",)
    if stop.expected == {"DATE"}:
        return ("a moment is written `2026-11-23 10:00`",)
    if stop.found in ("and", "or") and stop.code.startswith(_CELL_SIGNS):
        return ("two conditions in a cell are written `it > 1 and it < 9`",)
    return (habits.NOTES[stop.found],) if stop.found in habits.NOTES else near_words(stop) or second_word(stop)


def near_words(stop: Stop) -> tuple[str, ...]:
    """The word of ours that could stand here and looks like what does."""
    return did_you_mean(stop.found, stop.words)


def second_word(stop: Stop) -> tuple[str, ...]:
    """The word of ours that was meant where the name of a plugin was read."""
    found = re.fullmatch(r"([a-z]+) +(\w+)", stop.code[: stop.before])
    if found is None or "DOT" not in stop.expected:
        return ()
    return did_you_mean(found.group(2), habit_members.SECOND_WORDS.get(found.group(1), ()))
