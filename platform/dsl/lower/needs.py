"""What a graph takes along from other declarations of the workspace, so that it stands alone: agents and calendars."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.dsl import graph, nodes
from treadle.dsl.lower.constants import FileValues
from treadle.dsl.lower.headers import Declared, clause_of


def used_agents(steps: Mapping[str, graph.Node], values: FileValues) -> dict[str, graph.Agent]:
    """The agents that steps ask, by name in order."""
    names = sorted({each.agent for each in steps.values() if isinstance(each, graph.Ask)})
    return {name: values.library.agents[name] for name in names}


def used_calendars(decl: Declared, values: FileValues) -> dict[str, graph.Calendar]:
    """The calendar of `only during`, by its name."""
    clause = clause_of(decl, nodes.OnlyDuring)
    if clause is None or clause.exception is None:
        return {}
    return {clause.exception.text: values.library.calendars[clause.exception.text]}
