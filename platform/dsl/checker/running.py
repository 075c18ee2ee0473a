"""Sequences that run each other: in which order they are checked, and circles, which would never end."""

from __future__ import annotations

from treadle.dsl import flow_codes, nodes
from treadle.dsl.checker.ordering import circle, components
from treadle.dsl.checker.scopes import Workspace
from treadle.dsl.checker.walking import steps_in

_SHOWN = 8  # names of a circle that a message lists


def sequences_in_order(workspace: Workspace) -> list[str]:
    """The names of all sequences, each after those that it runs; circles are reported."""
    needs = {name: _runs(decl) for name, (_, decl) in workspace.sequences.items()}
    groups = components(needs)
    for members in groups:
        if way := circle(members, needs):
            file, decl = workspace.sequences[way[0]]
            listed = way if len(way) <= _SHOWN else [*way[:_SHOWN], "…"]
            path = " -> ".join(f'"{each}"' for each in [*listed, way[0]])
            file.desk.report(flow_codes.RUNS_ITSELF, decl.name.span, name=way[0], path=path)
    return [name for group in groups for name in group]


def _runs(decl: nodes.SequenceDecl) -> list[str]:
    return [str(step.sequence.value) for step in steps_in(decl.body) if isinstance(step, nodes.RunStep)]
