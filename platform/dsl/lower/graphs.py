"""One rule or sequence to its graph: header, steps, and everything that it needs to stand alone."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import nodes
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import Checked, FileScope
from treadle.dsl.checker.shapes import stored
from treadle.dsl.checker.walking import steps_in
from treadle.dsl.graph import Graph, Node
from treadle.dsl.lower.business import in_window
from treadle.dsl.lower.conditions import ConditionLowering
from treadle.dsl.lower.constants import FileValues
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.headers import Declared, HeaderLowering, clause_of, event_names
from treadle.dsl.lower.loading import Loading
from treadle.dsl.lower.naming import step_ids
from treadle.dsl.lower.needs import used_agents, used_calendars
from treadle.dsl.lower.steps import StepLowering
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Type


def lower(file: FileScope, checked: Checked, values: FileValues) -> Graph:
    """The graph of a rule or a sequence that was checked without an error."""
    decl, tables = checked.decl, checked.tables
    assert isinstance(decl, nodes.RuleDecl | nodes.SequenceDecl)  # asked by the caller
    workspace, fitting = file.workspace, file.workspace.fitting
    expressions = ExpressionLowering(tables, values.let_value)
    conditions = ConditionLowering(tables, fitting, expressions, file.module.text)
    loading = Loading(tables, fitting, event_names(decl))
    header = HeaderLowering(decl, file, tables, expressions, conditions, loading)
    steps = StepLowering(
        file,
        tables,
        expressions,
        conditions,
        step_ids(decl.body, tables),
        values.let_value,
        lambda event: _loads(decl.body, Loading(tables, fitting, [event])),
    )
    entry = steps.chain(decl.body, None)
    flags, agents = header.flags(), used_agents(steps.nodes, values)
    names = {name: stored(each, workspace.catalogue) for name, each in sorted(tables.names.items())}
    types = [*names.values(), *(each.returns for each in agents.values() if each.returns is not None)]
    graph = Graph(
        kind="rule" if isinstance(decl, nodes.RuleDecl) else "sequence",
        name=str(decl.name.value),
        file=file.module.file,
        span=decl.span,
        off="off" in flags,
        hears=header.hears(),
        schedules=header.schedules(),
        webhooks=header.webhooks(),
        by_hand=clause_of(decl, nodes.WhenByHand) is not None,
        where=header.where(),
        once=header.once(),
        at_most=header.at_most(),
        quiet=header.quiet(),
        alone=header.alone(),
        stops=header.stops(),
        during=header.during(),
        priority=header.priority(),
        stop_after="stop after" in flags,
        own_changes="including own changes" in flags,
        rehearse="rehearse" in flags,
        params=_params(decl),
        entry=entry,
        nodes=_in_order(steps),
        names=names,
        records=_records(types, workspace.catalogue),
        functions=values.functions(tables.functions),
        agents=agents,
        calendars=used_calendars(decl, values),
        loads=_loads(decl.body, loading) or header.later(),
        zone=workspace.catalogue.zone,
    )
    return in_window(graph)


def _params(decl: Declared) -> tuple[str, ...]:
    by_hand = clause_of(decl, nodes.WhenByHand)
    params = decl.params if isinstance(decl, nodes.SequenceDecl) else by_hand.params if by_hand is not None else ()
    return tuple(each.name.text for each in params)


def _in_order(steps: StepLowering) -> dict[str, Node]:
    return {node.id: node for node in sorted(steps.nodes.values(), key=lambda node: node.span.start)}


def _loads(steps: tuple[nodes.Step, ...], loading: Loading) -> bool:
    return any(loading.needed(each) for step in steps_in(steps) for each in _expressions(step))


def _expressions(step: nodes.Step) -> tuple[nodes.Expr, ...]:
    """The expressions that a step itself computes when it runs, those of its blocks apart."""
    match step:
        case nodes.CallStep(call=of) | nodes.AssignStep(value=of) | nodes.ReturnStep(value=of):
            return (of,)
        case nodes.WaitStep(duration=of) | nodes.WaitUntilStep(moment=of) | nodes.TextStep(text=of):
            return (of,)
        case nodes.AskStep(text=of) | nodes.CancelStep(key=of) | nodes.ForEachStep(items=of):
            return (of,)
        case nodes.StartStep(args=args) | nodes.RunStep(args=args):
            return tuple(arg.value for arg in args)
        case nodes.EmitStep(data=nodes.BraceExpr(entries=entries)):
            return tuple(entry.value for entry in entries)
        case nodes.IfStep(arms=arms):
            return tuple(arm.test for arm in arms)
        case nodes.MatchStep(subject=subject, cases=cases):
            return (subject, *(value for case in cases for value in case.values))
        case _:
            return _waited(step)


def _waited(step: nodes.Step) -> tuple[nodes.Expr, ...]:
    match step:
        case nodes.WaitForStep(test=test, up_to=up_to):
            return tuple(each for each in (test, up_to) if each is not None)
        case nodes.ApproveStep(question=question, by=by, up_to=up_to):
            return (question, by, up_to) if up_to is not None else (question, by)
        case _:
            return ()


def _records(types: Iterable[Type], catalogue: Catalogue) -> dict[str, Record]:
    """The records that the types name, and those that they name in turn."""
    found: dict[str, Record] = {}
    left = list(types)
    while left:
        match left.pop():
            case Named(name) if name not in found and (record := catalogue.record(name)):
                found[name] = record
                left += [field.type for field in record.fields]
            case Record(fields):
                left += [field.type for field in fields]
            case ListOf(inner) | MapOf(inner) | Optional(inner):
                left.append(inner)
    return dict(sorted(found.items()))
