"""How much a value is, counted the way JSON would write it: parts that are shared count each time they appear."""

from __future__ import annotations

from treadle.dsl.operations.faults import LimitExceeded
from treadle.dsl.values import Value


def measure(value: Value, budget: int) -> int:
    """The steps that writing the value costs: one a part and one per 16 characters.

    Raises `LimitExceeded` as soon as it is more than `budget`, so that a small value that stands for a giant one (lists
    of one and the same list) is found out cheaply.
    """
    cost, left = 0, [value]
    while left:
        each = left.pop()
        cost += 1
        if isinstance(each, str):
            cost += len(each) // 16
        elif isinstance(each, list | dict):
            if cost + len(each) + len(left) > budget:
                cost = budget + 1
            else:
                left.extend(each if isinstance(each, list) else each.values())
        if cost > budget:
            raise LimitExceeded(f"a value may have {budget:,} parts")
    return cost
