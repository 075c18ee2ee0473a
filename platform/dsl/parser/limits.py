"""The bounds of what is read, in one place. Their codes are those of `limit_codes`."""

from __future__ import annotations

FILE_CHARACTERS = 5_000_000
FILE_LINES = 15_000  # about two seconds to read and check
FILE_TOKENS = 250_000  # words and signs, texts and comments included; about six seconds to compile
LINE_CHARACTERS = 200_000  # of one logical line, the texts and brackets in it included
LINE_TOKENS = 20_000  # words and signs of one logical line, its brackets included; about 0.4 s to read
EXPRESSION_DEPTH = 100  # walkers need about three Python frames a level, of the thousand there are
BLOCK_DEPTH = 40
NUMBER_DIGITS = 34  # IEEE 754 decimal128
DURATION_DAYS = 36_500
