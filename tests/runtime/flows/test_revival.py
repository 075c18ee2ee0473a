from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl import typesystem as ts
from treadle.dsl import values
from treadle.runtime.machine.revival import reviver

NODE = ts.Record((ts.Field("at", ts.DATETIME), ts.Field("next", ts.Optional(ts.Named("t.Node")))), "t.Node")
RECORDS = {"t.Node": NODE}

scalars = st.sampled_from([ts.TEXT, ts.INT, ts.NUMBER, ts.BOOL, ts.DURATION, ts.DATE, ts.DATETIME, ts.JSON])
types = st.recursive(
    scalars | st.just(ts.Named("t.Node")),
    lambda inner: (
        inner.map(ts.ListOf)
        | inner.map(ts.MapOf)
        | inner.map(ts.optional)
        | st.lists(inner, max_size=3).map(
            lambda each: ts.Record(tuple(ts.Field(f"f{n}", t) for n, t in enumerate(each)))
        )
    ),
    max_leaves=6,
)


def data_of(kind):
    match kind:
        case ts.Scalar(name):
            return {
                "text": st.text(max_size=5),
                "int": st.integers(-9, 9),
                "number": st.integers(-9, 9) | st.decimals(-9, 9, places=2),
                "bool": st.booleans(),
                "duration": st.integers(0, 999).map(lambda n: f"PT{n}S"),
                "date": st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(date.isoformat),
                "datetime": st.integers(10, 28).map(lambda day: f"2026-01-{day}T09:00:00Z"),
                "json": st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
            }[name]
        case ts.Optional(inner):
            return st.none() | data_of(inner)
        case ts.ListOf(item):
            return st.none() | st.lists(data_of(item), max_size=3)
        case ts.MapOf(value):
            return st.dictionaries(st.text(max_size=3), data_of(value), max_size=3)
        case ts.Record(fields):
            return st.fixed_dictionaries({each.name: data_of(each.type) for each in fields} | {"more": st.just("x")})
        case ts.Named():
            return st.none() | st.just(
                {"at": "2026-01-10T09:00:00Z", "next": {"at": "2026-01-11T09:00:00Z", "next": None}}
            )


@given(st.data(), types)
def test_it_means_what_the_language_says(data, kind):
    given_data = data.draw(data_of(kind))
    prepared = reviver(kind, RECORDS)
    expected = values.revive(given_data, kind, RECORDS)
    assert (given_data if prepared is None else prepared(given_data)) == expected


def test_what_needs_nothing_costs_nothing():
    assert reviver(ts.Record((ts.Field("a", ts.INT), ts.Field("b", ts.Optional(ts.TEXT)))), {}) is None


def test_a_type_that_holds_itself_is_revived_all_the_way_down():
    made = reviver(ts.Named("t.Node"), RECORDS)
    day = "2026-01-10T09:00:00Z"
    node = made({"at": day, "next": {"at": day, "next": {"at": day, "next": None}}})
    assert isinstance(node["next"]["next"]["at"], datetime)


def test_numbers_and_durations_are_exact():
    record = ts.Record((ts.Field("n", ts.NUMBER), ts.Field("d", ts.DURATION)))
    assert reviver(record, {})({"n": "0.10", "d": "PT90S"}) == {"n": Decimal("0.10"), "d": timedelta(seconds=90)}
