"""Functions, tables and constants that need themselves. What needs what was noted when names were resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treadle.dsl import name_codes, nodes
from treadle.dsl.checker.declarations import Checked
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.ordering import Needs, circle
from treadle.dsl.checker.scopes import Key

_SHOWN = 8  # names of a circle that a message lists


def report_cycles(
    groups: Sequence[Sequence[Key]], needs: Needs[Key], checked: Mapping[Key, Checked], desks: Mapping[str, Desk]
) -> set[Key]:
    """Report each circle of functions and constants once; the names of all that stand in one."""
    caught: set[Key] = set()
    for members in groups:
        way = circle(members, needs)
        if way is None:
            continue
        caught |= set(members)
        file, name = way[0]
        decl = checked[way[0]].decl
        if isinstance(decl, nodes.Let | nodes.FunctionDecl | nodes.TableDecl):
            desks[file].report(name_codes.CALLS_ITSELF, decl.name.span, name=name, path=_path(way))
    return caught


def _path(way: Sequence[Key]) -> str:
    """The circle in words; what stands in another file than the first says in which."""
    home = way[0][0]
    shown = [f"`{name}`" + (f" ({file})" if file != home else "") for file, name in way[:_SHOWN]]
    return " -> ".join([*shown, *(["`…`"] if len(way) > _SHOWN else []), shown[0]])
