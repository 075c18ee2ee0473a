"""Functions on lists. Owns their declarations and behaviour."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from treadle.dsl.builtins.declaration import Callback, K, N, T, declare, takes, test_of
from treadle.dsl.operations import arithmetic
from treadle.dsl.operations.comparison import identity, order_key, unordered
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.typesystem import BOOL, INT, TEXT, ListOf, MapOf, Named, Optional
from treadle.dsl.values import Value

_GROUP = "Lists"
_U = Named("U")
_LIST = ListOf(T)

Test = Callable[[Value], bool]
Of = Callable[[Value], Value]


@declare(
    _GROUP,
    "any",
    "Whether the test holds for at least one item; false for an empty list. Stops at the first that does.",
    takes(BOOL, list=_LIST, test=test_of(T)),
    examples={"any([1, 5], x => x > 3)": "true", "any([1, 2], x => x > 3)": "false"},
)
def any_of(scope: Scope, items: list[Value], test: Test) -> bool:
    """`any`."""
    scope.room_for_items(len(items))
    return any(test(item) for item in items)


@declare(
    _GROUP,
    "all",
    "Whether the test holds for every item; true for an empty list. Stops at the first that fails.",
    takes(BOOL, list=_LIST, test=test_of(T)),
    examples={"all([4, 5], x => x > 3)": "true", "all([1, 5], x => x > 3)": "false"},
)
def all_of(scope: Scope, items: list[Value], test: Test) -> bool:
    """`all`."""
    scope.room_for_items(len(items))
    return all(test(item) for item in items)


@declare(
    _GROUP,
    "count",
    "How many items there are, or how many pass the test.",
    takes(INT, list=_LIST),
    takes(INT, list=_LIST, test=test_of(T)),
    takes(INT, map=MapOf(T)),
    examples={"count([7, 8, 9])": "3", "count([7, 8, 9], x => x > 7)": "2", 'count({"a": 1})': "1"},
)
def count(scope: Scope, items: list[Value], test: Test | None = None) -> int:
    """`count`."""
    if test is None:
        return len(items)
    scope.room_for_items(len(items))
    return sum(1 for item in items if test(item))


@declare(
    _GROUP,
    "filter",
    "The items that pass the test, in their order.",
    takes(_LIST, list=_LIST, test=test_of(T)),
    examples={"filter([1, 5, 9], x => x > 3)": "[5, 9]"},
)
def filtered(scope: Scope, items: list[Value], test: Test) -> list[Value]:
    """`filter`."""
    scope.room_for_items(len(items))
    return [item for item in items if test(item)]


@declare(
    _GROUP,
    "map",
    "What the expression gives for each item, in their order.",
    takes(ListOf(_U), list=_LIST, of=Callback((T,), _U)),
    examples={"map([1, 2], x => x * 10)": "[10, 20]"},
)
def mapped(scope: Scope, items: list[Value], of: Of) -> list[Value]:
    """`map`."""
    scope.room_for_items(len(items))
    return [of(item) for item in items]


@declare(
    _GROUP,
    "first",
    "The first item, or the first that passes the test; missing when there is none.",
    takes(Optional(T), list=_LIST),
    takes(Optional(T), list=_LIST, test=test_of(T)),
    examples={"first([7, 8])": "7", "first([7, 8], x => x > 7)": "8", "first(filter([1], x => x > 1)) is set": "false"},
)
def first(scope: Scope, items: list[Value], test: Test | None = None) -> Value:
    """`first`."""
    scope.room_for_items(len(items))
    return next((item for item in items if test is None or test(item)), None)


@declare(
    _GROUP,
    "sum",
    "The sum of the numbers, or of what the expression gives for each item; 0 for an empty list.",
    takes(N, list=ListOf(N)),
    takes(N, list=_LIST, of=Callback((T,), N)),
    examples={"sum([0.1, 0.2])": "0.3", "sum([1, 2, 3], x => x * 2)": "12"},
)
def total(scope: Scope, items: list[Value], of: Of | None = None) -> Value:
    """`sum`."""
    scope.room_for_items(len(items))
    result: Value = 0
    for item in items:
        result = arithmetic.add(scope, result, of(item) if of else item)
    return result


def _extreme(scope: Scope, args: tuple[Any, ...], wins: Callable[[Any, Any], bool]) -> Value:
    items, of = (args[0], args[1] if len(args) > 1 else None) if isinstance(args[0], list) else (args, None)
    scope.room_for_items(len(items))
    best: Value = None
    for item in items:
        value = of(item) if of else item
        if best is None or wins(_key(value), _key(best)):
            best = value
    return best


def _key(value: Value) -> Any:
    if value is None or isinstance(value, dict | list | bool):
        raise unordered(value, value)
    return order_key(value)


_EXTREMES = (
    takes(Optional(K), list=ListOf(K)),
    takes(Optional(K), list=_LIST, of=Callback((T,), K)),
    takes(K, a=K, b=K),
)


@declare(
    _GROUP,
    "min",
    "The smallest item, the smallest of what the expression gives, or the smaller of two values; missing for an empty "
    "list.",
    *_EXTREMES,
    examples={"min([3, 1, 2])": "1", "min(2, 3)": "2", "min([3, 1], x => x * 10)": "10"},
)
def minimum(scope: Scope, *args: Value) -> Value:
    """`min`."""
    return _extreme(scope, args, lambda value, best: bool(value < best))


@declare(
    _GROUP,
    "max",
    "The largest item, the largest of what the expression gives, or the larger of two values; missing for an empty "
    "list.",
    *_EXTREMES,
    examples={"max([3, 1, 2])": "3", 'max("a", "b")': '"b"', "max([3, 1], x => x * 10)": "30"},
)
def maximum(scope: Scope, *args: Value) -> Value:
    """`max`."""
    return _extreme(scope, args, lambda value, best: bool(value > best))


@declare(
    _GROUP,
    "sort_by",
    "The items ordered by what the expression gives, smallest first; equal ones keep their order.",
    takes(_LIST, list=_LIST, of=Callback((T,), K)),
    examples={"sort_by([3, 1, 2], x => x)": "[1, 2, 3]", "sort_by([3, 1, 2], x => -x)": "[3, 2, 1]"},
)
def sort_by(scope: Scope, items: list[Value], of: Of) -> list[Value]:
    """`sort_by`."""
    scope.room_for_items(len(items))
    keyed = [(_key(of(item)), item) for item in items]
    for key, _ in keyed:
        if isinstance(key, str):  # comparing long texts is work that grows with their length
            scope.spend(len(key) * len(keyed).bit_length() // 16)
    try:
        return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]
    except TypeError:
        raise EvaluationError("mismatch", "sort_by needs values of one type to order by") from None


@declare(
    _GROUP,
    "unique",
    "The items without repetitions, or without those for which the expression gives a value again; the first stays.",
    takes(_LIST, list=_LIST),
    takes(_LIST, list=_LIST, of=Callback((T,), _U)),
    examples={"unique([1, 2, 1])": "[1, 2]", "unique([11, 21, 12], x => x % 10)": "[11, 12]"},
)
def unique(scope: Scope, items: list[Value], of: Of | None = None) -> list[Value]:
    """`unique`."""
    scope.room_for_items(len(items))
    kept: dict[Hashable, Value] = {}
    for item in items:
        kept.setdefault(identity(scope, of(item) if of else item), item)
    return list(kept.values())


@declare(
    _GROUP,
    "join",
    "The items as one text with `by` between them.",
    takes(TEXT, list=ListOf(Named("S")), by=TEXT),
    examples={'join(["a", "b"], ", ")': '"a, b"', 'join([1, 2.5], "-")': '"1-2.5"'},
)
def join(scope: Scope, items: list[Value], by: str) -> str:
    """`join`."""
    from treadle.dsl.operations.text_form import text_form

    scope.room_for_items(len(items))
    if None in items:
        raise EvaluationError("missing", "join needs items that are set")
    parts = [text_form(item, scope.zone) for item in items]
    scope.room_for_text(sum(map(len, parts)) + len(by) * len(parts))
    return by.join(parts)


FUNCTIONS = (any_of, all_of, count, filtered, mapped, first, total, minimum, maximum, sort_by, unique, join)
