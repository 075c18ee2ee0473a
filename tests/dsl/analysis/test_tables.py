"""Decision tables against brute force: what is said of rows and gaps is what trying all values shows."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dsl.analysis import tables as tables_module
from treadle.dsl.analysis.domains import Domain, among, ordered, universe
from treadle.dsl.analysis.tables import Column, Row, TableFindings, Unreachable, check_table
from treadle.dsl.typesystem import BOOL, INT, NUMBER, TEXT, Optional, Type

# Few enough values to try all, and every domain below is told apart by them: those of ints and truth are all there are.
VALUES: dict[str, tuple[Type, list[object]]] = {
    "n": (INT, list(range(-2, 8))),
    "x": (NUMBER, [each / 2 for each in range(-2, 14)]),
    "word": (Optional(TEXT), [None, "a", "b", "c", "other"]),
    "yes": (BOOL, [True, False]),
}


def holds(domain: Domain, value: object) -> bool:
    return domain.holds(Decimal(str(value)) if isinstance(value, float) else value)


@st.composite
def cells(draw: st.DrawFn, name: str) -> Domain:
    whole = universe(VALUES[name][0])
    kind = draw(st.sampled_from(["any", "any", "among", "order", "not"]))
    if kind == "any":
        return whole
    values = [each for each in VALUES[name][1] if not isinstance(each, float) and each != "other"]
    values += [0, 3, 5] if name == "x" else []
    if kind == "order" and name in ("n", "x"):
        found = ordered(draw(st.sampled_from(["<", "<=", ">", ">="])), draw(st.integers(0, 5)), whole)
    else:
        found = among(draw(st.lists(st.sampled_from(values), min_size=1, max_size=3)), whole)
    assert found is not None
    return whole - found if kind == "not" else found


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[Row]]:
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    row = st.builds(Row, st.tuples(*(cells(name) for name in names)), st.sampled_from([False, False, False, True]))
    return names, draw(st.lists(row, max_size=7))


@given(tables())
@settings(max_examples=150, deadline=None)
def test_what_is_said_is_what_trying_all_values_shows(table: tuple[list[str], list[Row]]) -> None:
    names, rows = table
    found = check_table([Column(name, VALUES[name][0]) for name in names], rows)
    won, gap = set(), False
    for point in product(*(VALUES[name][1] for name in names)):
        matching = [
            at for at, row in enumerate(rows) if all(holds(*each) for each in zip(row.cells, point, strict=True))
        ]
        firm = next((at for at in matching if not rows[at].opaque), None)
        gap |= firm is None
        won |= {at for at in matching if firm is None or at <= firm}
    assert not found.unsure
    assert {each.at for each in found.unreachable} == set(range(len(rows))) - won
    assert (found.gap is not None) == gap
    for each in found.unreachable:
        assert all(above < each.at and not rows[above].opaque for above in each.above)


def row(**given: Domain) -> Row:
    return Row(tuple(given.get(name, universe(kind)) for name, (kind, _) in VALUES.items()))


COLUMNS = [Column(name, kind) for name, (kind, _) in VALUES.items()]
N, X, WORD, YES = (universe(kind) for kind, _ in VALUES.values())


def among_(values: list[object], whole: Domain) -> Domain:
    found = among(values, whole)
    assert found is not None
    return found


def order(sign: str, value: object, whole: Domain) -> Domain:
    found = ordered(sign, value, whole)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rows", "gap"),
    [
        ([row(n=order(">=", 10, N))], "n < 10"),
        ([row(n=order("<", 10, N)), row(n=order(">", 10, N))], "n is 10"),
        ([row(x=order("<", 10, X)), row(x=order(">", 20, X))], "10 <= x <= 20"),
        ([row(word=among_(["gold"], WORD)), row(x=order(">=", 100, X))], 'x < 100 and word is anything but "gold"'),
        ([row(word=WORD.present())], "word is missing"),
        ([row(word=among_([None], WORD))], "word is set"),
        ([row(yes=among_([True], YES))], "yes is false"),
        ([row(yes=among_([True], YES)), row(yes=among_([False], YES))], None),
        ([], ""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_gap_is_said_in_words(rows: list[Row], gap: str | None) -> None:
    assert check_table(COLUMNS, rows).gap == gap


def test_the_rows_above_that_cover_are_the_fewest() -> None:
    rows = [row(yes=among_([True], YES)), row(x=order("<", 5, X)), row(x=order(">=", 5, X)), row(n=order(">", 1, N))]
    assert check_table(COLUMNS, rows).unreachable == (Unreachable(3, (1, 2)),)
    never = row(n=order(">", 1, N) & order("<", 2, N))
    assert check_table(COLUMNS, [never, row()]).unreachable == (Unreachable(0, ()),)


def test_what_a_column_cannot_be_matches_nothing() -> None:
    never = row(n=Domain(missing=True))
    assert check_table(COLUMNS, [never, row()]) == TableFindings((Unreachable(0, ()),))


def test_a_table_of_very_many_rows_is_checked_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Row((among_([str(at)], WORD),)) for at in range(3_000)]
    column = [Column("word", TEXT)]
    assert check_table(column, many).gap == 'word is anything but "0", "1", "10", "100" and 2996 more'
    monkeypatch.setattr(tables_module, "CELLS", 1_000_000)
    assert check_table(column, many) == TableFindings(unsure=True)


def test_too_much_work_is_admitted() -> None:
    pick = random.Random(1)
    columns = [Column(f"b{at}", BOOL) for at in range(30)]
    halves = [among_([True], YES), among_([False], YES)]
    rows = [Row(tuple(pick.choice(halves) if pick.random() < 0.2 else YES for _ in columns)) for _ in range(200)]
    assert check_table(columns, rows, work=2_000).unsure
