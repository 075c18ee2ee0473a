"""The codes of limits (E6xx): what is too big to be read. Owns the texts; the figures stand with who enforces them."""

from __future__ import annotations

from treadle.dsl.codes import Code

FILE_TOO_BIG = Code(
    number="E601",
    summary="the file is too big",
    message="This file has {size:,} characters, and a rule file may have {limit:,}",
    explanation="A rule file is read by people. Split one that grew this long by subject; rules see each other "
    "across files.",
    wrong="…",
    fill=("# one of very many lines of one file\n", 140_000),
    right="# a short file\n",
)

NESTS_TOO_DEEP = Code(
    number="E602",
    summary="an expression nests too deep",
    message="This expression nests more than {limit} levels deep",
    explanation="Brackets, calls, signs and conditions inside each other are bounded, so that every part of the "
    "platform can walk an expression safely. Give the inner parts names with `let` or as steps.",
    wrong="let deep = …1\n",
    fill=("-", 200),
    right="let flat = -1\n",
)

LINE_TOO_LONG = Code(
    number="E603",
    summary="a line is too long",
    message="This line has more than {limit:,} {what}",
    explanation="A line, with all that stands in its brackets, is bounded. Long lists belong into a table of your "
    "database or into a field of the account, where they can be changed without a new version of the rule.",
    wrong="let ids = [\n…  ]\n",
    fill=("  1, 2, 3,\n", 4_000),
    right="let ids = [1, 2]\n",
)

NUMBER_TOO_LONG = Code(
    number="E604",
    summary="a number has too many digits",
    message="This number has {digits} digits, and exact numbers have at most {limit}",
    explanation="Numbers are exact up to 34 digits (those of IEEE 754 decimal128). Anything longer is an id: write it "
    "as text.",
    wrong="let id = …\n",
    fill=("1234567890", 4),
    right='let id = "1234567890123456789012345678901234567890"\n',
)

DURATION_TOO_LONG = Code(
    number="E605",
    summary="a duration is too long",
    message="`{source}` is longer than a duration can be",
    explanation="A duration is at most 36,500 days, about a hundred years.",
    wrong="let pause = 99999999 weeks\n",
    right="let pause = 52 weeks\n",
)

BLOCKS_TOO_DEEP = Code(
    number="E606",
    summary="blocks nest too deep",
    message="Blocks nest more than {limit} levels deep here",
    explanation="Steps inside steps inside steps cannot be read by anybody. Move the inner ones into a `sequence` "
    "and `start` it.",
    wrong='rule "Deep"\n  when by hand\n  do\n'
    + "".join(f"{' ' * depth}if true\n" for depth in range(4, 50))
    + " " * 50
    + "stop\n",
    right='rule "Flat"\n  when by hand\n  do\n    if true\n      stop\n',
)

TOO_MANY_LINES = Code(
    number="E607",
    summary="the file has too many lines",
    message="This file has {lines:,} lines, and a rule file may have {limit:,}",
    explanation="A rule file is read by people. Split one that grew this long by subject; rules see each other "
    "across files.",
    wrong="…",
    fill=("# one of many\n", 15_100),
    right="# a short file\n",
)

MORE_ERRORS = Code(
    number="E608",
    summary="there are more errors than are shown",
    message="There are {count:,} more errors in this file",
    explanation="The first 200 errors of a file are shown; with them out of the way, the rest is often gone too.",
    wrong='rule "Example"\n  when by hand\n  do\n…',
    fill=('    log 1 + "a"\n', 300),
    right='rule "Example"\n  when by hand\n  do\n    log "a"\n',
)

TYPE_TOO_BIG = Code(
    number="E609",
    summary="a value has too many parts inside each other",
    message="The type of this value has more than {levels} levels or more than {parts:,} parts",
    explanation="Lists in lists and records of records are bounded, so that every part of the platform can walk them. "
    "Data without a bound is `json`.",
    wrong='rule "Example"\n  when by hand\n  do\n    v0 = {a: 1}\n'
    + "".join(f"    v{at + 1} = {{a: v{at}, b: v{at}}}\n" for at in range(13))
    + '    log "{v13.a is set}"\n',
    right='rule "Example"\n  when by hand\n  do\n    v0 = {a: 1}\n    log "{v0.a}"\n',
)

TOO_MANY_WORDS = Code(
    number="E610",
    summary="the file has too many words and signs",
    message="This file has more than {limit:,} words and signs",
    explanation="A rule file is read by people. Split one that grew this long by subject; rules see each other "
    "across files. Long lists belong into a table of your database or into a field of the account.",
    wrong="…",
    fill=("# 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n", 9_000),
    right="# a short file\n",
)

MORE_WARNINGS = Code(
    number="W601",
    summary="there are more warnings than are shown",
    message="There are {count:,} more warnings in this file",
    explanation="The first 200 warnings of a file are shown.",
    wrong='rule "Example"\n  when by hand\n  do\n…',
    fill=('    if true\n      stop\n      log "never"\n', 300),
    right='rule "Example"\n  when by hand\n  do\n    log "a"\n    stop\n',
)
