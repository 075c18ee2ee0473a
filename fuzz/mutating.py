"""Texts with damage: bytes, words and lines of a good text replaced, doubled, swapped or lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_TOKEN = re.compile(r"\w+|[ \t]+|\n|[^\w\s]")
_PIECES = (
    "\ufeff", "\0", "\r\n", "\r", "\n", "\t", "\u2028", "\xa0", "\u202e", "\u200f", "\ud800", "\udfff", "🙂",
    "👩‍👩‍👧", "é", "e\u0301",
    '"', '"""', "{", "}", "(", ")", "[", "]", "|", "\\", "#", "=", "==", "=>", "->", "..",
    "?.", "??", "_", ",", ":", ".", "  ", "\n  ", "\n    ", "1", "1e9", "9" * 40, "5 min", "0.05 usd",
    "3 business days", "true", "it", "now",
    "if ", "else", "do", "on timeout", "on error as e", "when ", "where ", "matches ", " and ", " not ",
    " is set", "case ", "rule ", "sequence ", "table ", "test ", "shared ", "use ", "as ", "\x1b[31m", "\x7f",
    "a" * 300, "(" * 120, "-" * 120,
)  # fmt: skip


def mutated(dice: Random, texts: Sequence[str]) -> str:
    """One of the texts, damaged in one to five places, sometimes with other line ends or a mark of byte order."""
    text = dice.choice(texts)
    for _ in range(dice.randint(1, 5)):
        text = dice.choice((_letters, _words, _lines, _pieces))(dice, text, dice.choice(texts))
    if dice.random() < 0.1:
        text = text.replace("\n", "\r\n")
    if dice.random() < 0.05:
        text = "\ufeff" + text
    return text[:-1] if dice.random() < 0.05 else text


def _letters(dice: Random, text: str, other: str) -> str:
    start = dice.randint(0, len(text))
    end = min(len(text), start + dice.choice((0, 0, 1, 1, 2, 20)))
    return (
        text[:start]
        + dice.choice(("", text[start:end] * 2, chr(dice.choice((0, 9, 34, 35, 123, 233, 0x202E, 0xD801)))))
        + text[end:]
    )


def _words(dice: Random, text: str, other: str) -> str:
    words, others = _TOKEN.findall(text), _TOKEN.findall(other)
    if not words or not others:
        return text
    at = dice.randrange(len(words))
    words[at] = dice.choice(("", words[at] * 2, dice.choice(words), dice.choice(others)))
    return "".join(words)


def _lines(dice: Random, text: str, other: str) -> str:
    lines, others = text.split("\n"), other.split("\n")
    at = dice.randrange(len(lines))
    match dice.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, dice.choice(others))
        case 2:
            lines[at] = "  " * dice.randint(0, 4) + lines[at].lstrip()
        case 3:
            start = dice.randrange(len(others))
            lines[at:at] = others[start : start + dice.randint(1, 12)]
        case _:
            lines.insert(at, lines[dice.randrange(len(lines))])
    return "\n".join(lines)


def _pieces(dice: Random, text: str, other: str) -> str:
    at = dice.randint(0, len(text))
    return text[:at] + dice.choice(_PIECES) * dice.choice((1, 1, 1, 3)) + text[at:]
