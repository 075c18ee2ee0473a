"""Where a line could not be read on: the place, the words around it, and what could have followed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from treadle.dsl.parser.scanner import BLANKS

_WORD = re.compile(r"\w+|&&|\|\||===|!==|==|!=|<>|<=|>=|=<|=>|->|\?\?|\?\.|\.\.|\+\+|\*\*|//|[^ \t\r\n]")
_LAST = re.compile(r"(?:\w+|==|!=|<=|>=|=>|->|\?\?|\?\.|\.\.|[^\w\s])\Z")
_FOREIGN_SIGN = re.compile(r"===|!==|<>|=<|&&|\|\||\+\+|\*\*|//|->")

OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "COMPARE", "AND", "OR"}
COMPARISONS = {"COMPARE", "IN", "CONTAINS", "STARTS", "ENDS", "MATCHES", "IS"}
_VALUES = {"NUMBER", "QUOTE"}  # where both may follow, an expression is expected
_SHOWN = {
    "NAME": "a name", "NUMBER": "a number", "QUOTE": "a text", "RAW": 'a text in `"`', "LPAR": "`(`", "RPAR": "`)`",
    "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`", "COMMA": "`,`", "COLON": "`:`", "EQUAL": "`=`",
    "DOT": "`.`", "ARROW": "`->`", "QUESTION": "`?`", "CLOCK": "a time such as `09:00`", "MINUS": "`-`",
    "DAY": "a day such as `monday`", "DATE": "a date such as `2026-12-25`", "RANGE": "`..`",
    "$END": "the end of the line",
}  # fmt: skip
_NO_WORDS = {*_SHOWN, *OPERATORS, "TRIPLE_QUOTE"} - {"AND", "OR"}
_SHAPES = {"DURATION", "MONEY", "BUSINESS_DAYS", "ESCAPE", "TEXT_PART", "TRIPLE_PART", "BLANK", "COMMENT"}
_OF_VALUES = OPERATORS | COMPARISONS | {"NOT", "IF", "DOT", "LPAR", "LSQB"}  # what may follow any value
_OF_CALLS = {"TIMEOUT", "RETRY", "NO"}


class Stop(NamedTuple):
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
        return len(self.expected & OPERATORS) > 2

    @property
    def wants_value(self) -> bool:
        """Whether an expression is expected."""
        return self.expected >= _VALUES

    @property
    def words(self) -> list[str]:
        """The words of ours that could follow."""
        return words_of(self.expected)

    @property
    def shown(self) -> str:
        """What could follow, in words; all operators are one item, and so are all values."""
        rest, items = set(self.expected) - {"TRIPLE_QUOTE"}, []
        if self.wants_value:
            rest, items = rest & {"RPAR", "RSQB", "RBRACE"}, ["an expression"]
        if self.behind_value:
            rest -= _OF_VALUES | (_OF_CALLS if rest >= _OF_CALLS else set())
        items += sorted(_SHOWN.get(each, f"`{each.lower()}`") for each in rest if not each.startswith("__"))
        items += ["an operator"] if self.behind_value else []
        return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}" if items else "something else"


def words_of(expected: frozenset[str]) -> list[str]:
    """The words of the language among kinds of tokens."""
    return [each.lower() for each in expected - _NO_WORDS - _SHAPES if each.isalpha()]


def locate(error: Any, code: str) -> Stop:
    """The stop of lark's `UnexpectedInput`. Only the place and what could follow are trusted: its lexer guesses."""
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
    return Stop(at, before, found.group() if found else "", last.group() if last else "", expected, code)
