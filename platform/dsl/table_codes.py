"""The codes of decision tables (E70x). Owns the texts; `checker/` and `lower/` decide."""

from __future__ import annotations

from treadle.dsl.codes import Code

_HEAD = "table size(n: int) -> text\n"
_RIGHT = _HEAD + '  | n     | ->      |\n  | >= 10 | "big"   |\n  | _     | "small" |\n\nlet label = size(12)\n'

UNKNOWN_COLUMN = Code(
    number="E701",
    summary="a column that is no parameter",
    message="The table `{table}` has no parameter `{name}`",
    explanation="Each column of a decision table compares one of its parameters and has its name. The last one, `->`, "
    "gives the result.",
    wrong='table size(count: int) -> text\n  | cuont | ->      |\n  | >= 10 | "big"   |\n  | _     | "small" |\n',
    right='table size(count: int) -> text\n  | count | ->      |\n  | >= 10 | "big"   |\n  | _     | "small" |\n',
)

COLUMN_TWICE = Code(
    number="E702",
    summary="two columns of one parameter",
    message="The column `{name}` stands twice",
    explanation="Each column compares a parameter of its own. Two conditions on one value stand in one cell: "
    "`10 .. 20`, or `it >= 10 and it < 20`.",
    wrong=_HEAD + '  | n     | n    | ->      |\n  | >= 10 | < 20 | "big"   |\n  | _     | _    | "small" |\n',
    right=_RIGHT,
)

NOT_EXHAUSTIVE = Code(
    number="E703",
    summary="a table without a row for every value",
    message="The table `{name}` is not exhaustive: {gap}",
    explanation="Whatever the parameters are, some row must match, so that a table always has a result. A last row of "
    "`_` takes what is left. A row with a condition of its own may fail and is not counted.",
    wrong=_HEAD + '  | n     | ->    |\n  | >= 10 | "big" |\n',
    right=_RIGHT,
)

ROW_UNREACHABLE = Code(
    number="E704",
    summary="a row of a table that never wins",
    message="This row is never reached: {reason}",
    explanation="The first row that matches wins. A row whose values are all taken by rows above it, or that no value "
    "can match, is a mistake: put it higher, or take it out.",
    wrong=_HEAD + '  | n     | ->      |\n  | >= 10 | "big"   |\n  | > 20  | "huge"  |\n  | _     | "small" |\n',
    right=_HEAD + '  | n     | ->      |\n  | > 20  | "huge"  |\n  | >= 10 | "big"   |\n  | _     | "small" |\n',
)


def _too_hard(guests: int = 7, rooms: int = 6) -> str:
    """A table whose rows say that no two guests share a room and none is without: true, and hard to see."""
    pairs = [(guest, room) for guest in range(guests) for room in range(rooms)]

    def row(held: dict[tuple[int, int], str]) -> str:
        return f"  | {' | '.join(held.get(pair, '_') for pair in pairs)} | 0 |\n"

    names = [f"g{guest}_{room}" for guest, room in pairs]
    shared = [
        row({(one, room): "true", (two, room): "true"})
        for room in range(rooms)
        for one in range(guests)
        for two in range(one + 1, guests)
    ]
    without = [row({(guest, room): "false" for room in range(rooms)}) for guest in range(guests)]
    head = f"{', '.join(f'{name}: bool' for name in names)}) -> int\n  | {' | '.join(names)} | -> |\n"
    return head + "".join(shared + without)


TABLE_TOO_HARD = Code(
    number="W701",
    summary="a table that could not be checked wholly",
    message="The table `{name}` has too many combinations to be checked for gaps and rows that are never reached",
    explanation="The check looks at the combinations of values that the rows tell apart, and this table has more of "
    "them than fit into the bound. Split it, or compare fewer parameters.",
    wrong="table crowded(…",
    fill=(_too_hard(), 1),
    right=_RIGHT,
)
