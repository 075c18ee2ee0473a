"""One rule or sequence to its graph: header, steps, and everything that it needs to stand alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.dsl import nodes
from treadle.dsl.checker import Checked, FileScope, Workspace
from treadle.dsl.checker.shapes import stored
from treadle.dsl.checker.tables import Tables
from treadle.dsl.graph import Agent, Calendar, Graph, Node
from treadle.dsl.lower.business import WEEKDAYS, Counting, counting, functions_by
from treadle.dsl.lower.conditions import ConditionLowering
from treadle.dsl.lower.constants import FileValues
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.headers import Declared, HeaderLowering, clause_of, event_names
from treadle.dsl.lower.loading import Loading
from treadle.dsl.lower.naming import step_ids
from treadle.dsl.lower.needs import used_agents, used_calendars
from treadle.dsl.lower.reads import StepReads
from treadle.dsl.lower.steps import StepLowering


def lower(file: FileScope, checked: Checked, values: FileValues) -> Graph:
    """The graph of a rule or a sequence that was checked without an error."""
    decl, tables, workspace = checked.decl, checked.tables, file.workspace
    assert isinstance(decl, nodes.RuleDecl | nodes.SequenceDecl)  # asked by the caller
    calendars = used_calendars(decl, values)
    by = _counting(decl, ExpressionLowering(tables, values.let_value), calendars)
    expressions = ExpressionLowering(tables, values.let_value, by)
    conditions = ConditionLowering(tables, workspace.fitting, expressions, file.module.text)
    loading, reads = Loading(tables, workspace.fitting, event_names(decl)), StepReads(decl.body, tables, workspace)
    header = HeaderLowering(decl, file, tables, expressions, conditions, loading)
    ids, let_value = step_ids(decl.body, tables), values.let_value
    steps = StepLowering(file, tables, expressions, conditions, ids, let_value, lambda event: reads.load([event]))
    entry = steps.chain(decl.body, None)
    agents = used_agents(steps.nodes, values)
    return Graph(
        kind="rule" if isinstance(decl, nodes.RuleDecl) else "sequence",
        name=str(decl.name.value),
        file=file.module.file,
        span=decl.span,
        **_header(header),
        params=_params(decl),
        entry=entry,
        nodes=_in_order(steps),
        **_types(tables, agents, workspace),
        functions=functions_by(values.functions(tables.functions), by),
        agents=agents,
        calendars=calendars,
        loads=reads.load(event_names(decl)) or header.later(),
        zone=workspace.catalogue.zone,
    )


def _counting(decl: Declared, expressions: ExpressionLowering, calendars: Mapping[str, Calendar]) -> Counting:
    """How the rule counts business days: by its `only during`."""
    window = clause_of(decl, nodes.OnlyDuring)
    zone = expressions.lower(window.zone) if window is not None and window.zone is not None else None
    return counting(zone, next(iter(calendars.values()), None)) if window is not None else WEEKDAYS


def _header(header: HeaderLowering) -> dict[str, Any]:
    flags = header.flags()
    return {
        "off": "off" in flags,
        "hears": header.hears(),
        "schedules": header.schedules(),
        "webhooks": header.webhooks(),
        "by_hand": header.by_hand(),
        "where": header.where(),
        "once": header.once(),
        "at_most": header.at_most(),
        "quiet": header.quiet(),
        "alone": header.alone(),
        "stops": header.stops(),
        "during": header.during(),
        "priority": header.priority(),
        "stop_after": "stop after" in flags,
        "own_changes": "including own changes" in flags,
        "rehearse": "rehearse" in flags,
    }


def _params(decl: Declared) -> tuple[str, ...]:
    by_hand = clause_of(decl, nodes.WhenByHand)
    params = decl.params if isinstance(decl, nodes.SequenceDecl) else by_hand.params if by_hand is not None else ()
    return tuple(each.name.text for each in params)


def _in_order(steps: StepLowering) -> dict[str, Node]:
    return {node.id: node for node in sorted(steps.nodes.values(), key=lambda node: node.span.start)}


def _types(tables: Tables, agents: Mapping[str, Agent], workspace: Workspace) -> dict[str, Any]:
    names = {name: stored(each, workspace.catalogue) for name, each in sorted(tables.names.items())}
    types = [*names.values(), *(each.returns for each in agents.values() if each.returns is not None)]
    return {"names": names, "records": workspace.fitting.records(types)}
