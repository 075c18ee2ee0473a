"""The codes of tables, agents, events, limits, calendars and tests that cannot be read (E14x, E15x)."""

from __future__ import annotations

from treadle.dsl.codes import Code

_TABLE = 'table size(n: int) -> text\n  | n     | ->      |\n  | >= 10 | "big"   |\n  | _     | "small" |\n'
_TEST = 'test "Nothing happens"\n  expect nothing\n'
_DAYS = "calendar holidays\n  every 25 December\n  2026-08-01 .. 2026-08-15\n"

TABLE_HEAD = Code(
    number="E140",
    summary="a table without a head line",
    message="The first line of a table names its columns and ends with `->`",
    explanation="Each column is called like the parameter that its cells are compared with; the last column is `->`, "
    "and its cells are the results.",
    wrong='table size(n: int) -> text\n  | >= 10 | "big"   |\n  | _     | "small" |\n',
    right=_TABLE,
)

ROW_BARS = Code(
    number="E141",
    summary="a row of a table without bars",
    message="A row of a table begins and ends with `|`",
    explanation="The cells of a row stand between bars, one before each cell and one behind the last. A bar inside a "
    "text or brackets ends no cell.",
    wrong='table size(n: int) -> text\n  | n     | ->      |\n  | >= 10 | "big"   \n  | _     | "small" |\n',
    right=_TABLE,
)

CELL_COUNT = Code(
    number="E142",
    summary="a row with too many or too few cells",
    message="This row has {found}; the head of the table has {expected}",
    explanation="Each row has a cell for each column and one for the result. `_` fits any value.",
    wrong='table size(n: int) -> text\n  | n     | ->      |\n  | "big" |\n  | _     | "small" |\n',
    right=_TABLE,
)

CELL_EMPTY = Code(
    number="E143",
    summary="an empty cell",
    message="This cell is empty; `_` fits any value",
    explanation="A condition that is left out would be easy to overlook, so that a cell for any value says so.",
    wrong='table size(n: int) -> text\n  | n     | ->      |\n  | >= 10 | "big"   |\n  |       | "small" |\n',
    right=_TABLE,
)

ROWS_MISSING = Code(
    number="E144",
    summary="a table without rows",
    message="This table has no rows",
    explanation="Under the head line of a table stands at least one row.",
    wrong="table size(n: int) -> text\n  | n     | ->      |\n",
    right=_TABLE,
)

UNKNOWN_LINE = Code(
    number="E145",
    summary="no line of this declaration begins like this",
    message="`{word}` begins no line of {owner}",
    explanation="An agent has lines such as `model`, `instructions` and `returns`; a test has `at`, `after`, `given`, "
    "`mock` and `expect`.",
    wrong='test "Nothing happens"\n  expct nothing\n',
    right=_TEST,
)

LINES_MISSING = Code(
    number="E146",
    summary="a declaration without lines",
    message="Nothing stands under this {owner}",
    explanation="The days of a calendar and the lines of a test stand on the lines after it, two spaces deeper.",
    wrong='test "Nothing happens"\n',
    right=_TEST,
)

NO_SUCH_DATE = Code(
    number="E147",
    summary="no date",
    message="`{source}` is no date; a date is written like `2026-12-25`",
    explanation="A date is the year, the month and the day, and has to be one that the calendar has.",
    wrong="calendar holidays\n  2026-02-30\n",
    right=_DAYS,
)

NO_SUCH_DAY = Code(
    number="E148",
    summary="no day of a year",
    message="There is no {source} in a year",
    explanation="A day that comes back each year is its number in the month and the English name of the month.",
    wrong="calendar holidays\n  every 31 November\n",
    right=_DAYS,
)

NOT_SHARED = Code(
    number="E149",
    summary="`shared` before what all files see",
    message="`shared` stands before `use`, `let`, `function` or `table`, not before `{word}`",
    explanation="Rules, sequences, agents, events, limits and calendars are seen from every file as they are. What "
    "belongs to a file is shown to the others by `shared`.",
    wrong="shared event order_ready\n  order_id: int\n",
    right="event order_ready\n  order_id: int\n",
)

EDITION_LATE = Code(
    number="E150",
    summary="the edition does not stand first",
    message="`edition` stands before all other declarations, once",
    explanation="The edition says how all of the file is read, so that it is the first thing to be read.",
    wrong="let hot = 70\nedition 1\n",
    right="edition 1\nlet hot = 70\n",
)
