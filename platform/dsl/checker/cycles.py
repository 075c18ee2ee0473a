"""Functions and constants that need themselves. What needs what was noted when names were resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treadle.dsl import name_codes, nodes
from treadle.dsl.checker.declarations import Checked
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.ordering import Needs, circle

_SHOWN = 8  # names of a circle that a message lists


def report_cycles(
    groups: Sequence[Sequence[str]], needs: Needs, checked: Mapping[str, Checked], desk: Desk
) -> set[str]:
    """Report each circle of functions and constants once; the names of all that stand in one."""
    caught: set[str] = set()
    for members in groups:
        way = circle(members, needs)
        if way is None:
            continue
        caught |= set(members)
        decl = checked[way[0]].decl
        if isinstance(decl, nodes.Let | nodes.FunctionDecl):
            listed = way if len(way) <= _SHOWN else [*way[:_SHOWN], "…"]
            shown = " -> ".join(f"`{each}`" for each in [*listed, way[0]])
            desk.report(name_codes.CALLS_ITSELF, decl.name.span, name=way[0], path=shown)
    return caught
