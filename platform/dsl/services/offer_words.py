"""Words of the language that may stand at the cursor, units behind a number, and snippets where a line begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from treadle.dsl.parser.stops import words_of
from treadle.dsl.parser.words import DECLARATIONS as HEADS
from treadle.dsl.services import words
from treadle.dsl.services.offers import FAR, GOOD, NEAR, PLAIN, Offers
from treadle.dsl.services.probing import BRANCHES
from treadle.dsl.services.words import Snippet

_UNITS = ("s", "min", "hours", "days", "weeks", "business days", "usd")
_DAYS = (
    "mon-fri",
    "weekday",
    "weekend",
    "day",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_NUMBER = re.compile(r"(?:\A|[^\w.])([0-9]+(?:\.[0-9]+)?)( *)([^\W\d]*)\Z")
_SHARED = ("use", "let", "function", "table")
_TWO = {"when": ("every", "cron", "webhook", "by hand"), "given": ("webhook", "by hand")}


def keywords(offers: Offers, expected: frozenset[str]) -> None:
    """The words that the grammar takes at the cursor."""
    for word in words_of(expected):
        offers.add(word, "keyword", doc=words.WORDS.get(word, ""), rank=PLAIN)
    before = offers.cursor.prefix.before.strip()
    for word in _TWO.get(before, ()) if not offers.cursor.in_steps else ():
        offers.add(word, "keyword")
    if "DAY" in expected:
        for day in _DAYS:
            offers.add(day, "value", rank=GOOD)
    if "CLOCK" in expected:
        offers.add("09:00", "value", rank=GOOD)


def units(offers: Offers) -> bool:
    """Units, when a number stands before the cursor; whether one does."""
    found = _NUMBER.search(offers.cursor.prefix.code)
    if found is None:
        return False
    number, blank, typed = found.groups()
    for at, unit in enumerate(_UNITS):
        one = unit.removesuffix("s") if number == "1" and len(unit) > 1 else unit
        offers.add(one, "unit", one if blank or typed else f" {one}", rank=NEAR + (at > 4), back=len(typed))
    return bool(blank or typed)


def beginnings(offers: Offers) -> None:
    """What may begin the line besides single words: snippets, and `do`."""
    cursor = offers.cursor
    if cursor.shared:
        _heads(offers, _SHARED)
    elif not cursor.chain:
        _heads(offers, HEADS)
        _snippets(offers, words.DECLARATIONS)
    elif cursor.starts == BRANCHES:
        return
    elif cursor.in_steps:
        _snippets(offers, words.STEPS)
        _branches(offers)
    elif cursor.owner in ("rule", "sequence"):
        offers.add("do", "keyword", "do\n  $0", doc=words.WORDS["do"], snippet=True, rank=GOOD)
        _snippets(offers, words.CLAUSES)
    else:
        _snippets(offers, words.MEMBERS.get(cursor.owner, ()))


def _heads(offers: Offers, heads: Iterable[str]) -> None:
    for word in heads:
        offers.add(word, "keyword", f"{word} ", doc=words.WORDS.get(word, ""), rank=GOOD)


def _branches(offers: Offers) -> None:
    for word in ("on timeout", "on error", "else if"):
        offers.add(word, "keyword", doc=words.WORDS[word.split()[0]], rank=FAR)


def _snippets(offers: Offers, snippets: tuple[Snippet, ...]) -> None:
    for each in snippets:
        offers.add(each.label, "snippet", each.body, doc=each.doc, snippet=True, rank=GOOD)
