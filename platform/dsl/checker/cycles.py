"""Functions and constants that need themselves. Owns the search; what needs what was noted when names were resolved."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.dsl import name_codes, nodes
from treadle.dsl.checker.declarations import Checked
from treadle.dsl.checker.desk import Desk


def report_cycles(checked: Mapping[str, Checked], desk: Desk) -> set[str]:
    """Report each circle of functions and constants once; the names of all that stand in one."""
    needs = {name: sorted(each.tables.functions | each.tables.lets) for name, each in checked.items()}
    caught: set[str] = set()
    for name in needs:
        path = _way_back(name, needs)
        if path is None or name in caught:
            continue
        caught |= set(path)
        decl = checked[name].decl
        if isinstance(decl, nodes.Let | nodes.FunctionDecl):
            shown = " -> ".join(f"`{each}`" for each in [*path, name])
            desk.report(name_codes.CALLS_ITSELF, decl.name.span, name=name, path=shown)
    return caught


def _way_back(start: str, needs: Mapping[str, list[str]]) -> list[str] | None:
    """The shortest chain that leads from a name back to itself, or None."""
    ways = {each: [start] for each in needs[start] if each in needs}
    left = list(ways)
    while left:
        at = left.pop(0)
        if at == start:
            return ways[at]
        for each in needs[at]:
            if each in needs and each not in ways:
                ways[each] = [*ways[at], at]
                left.append(each)
    return None
