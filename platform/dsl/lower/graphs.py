"""One rule or sequence to its graph: header, steps, and everything that it needs to stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treadle.dsl import nodes
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import Checked, FileScope
from treadle.dsl.graph import Graph, Node
from treadle.dsl.lower import conditions
from treadle.dsl.lower.constants import FileValues
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.loading import Loading
from treadle.dsl.lower.naming import step_ids
from treadle.dsl.lower.steps import StepLowering
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Type


def lower(file: FileScope, checked: Checked, values: FileValues) -> Graph:
    """The graph of a rule or a sequence that was checked without an error."""
    decl, tables = checked.decl, checked.tables
    assert isinstance(decl, nodes.RuleDecl | nodes.SequenceDecl)  # asked by the caller
    catalogue = file.workspace.catalogue
    expressions = ExpressionLowering(tables, values.let_value)
    steps = StepLowering(file, tables, expressions, step_ids(decl.body, tables))
    entry = steps.chain(decl.body, None)
    rule = decl if isinstance(decl, nodes.RuleDecl) else None
    loading = Loading(tables, file.workspace.fitting, _event(rule))
    return Graph(
        kind="rule" if rule else "sequence",
        name=str(decl.name.value),
        file=file.module.file,
        span=decl.span,
        hears=conditions.hears(rule, tables, expressions) if rule else (),
        where=conditions.where(rule, tables, expressions, loading, file.module.text) if rule else (),
        once=conditions.once(rule, file, expressions, loading) if rule else None,
        params=() if isinstance(decl, nodes.RuleDecl) else tuple(param.name.text for param in decl.params),
        entry=entry,
        nodes=_in_order(steps),
        names=dict(sorted(tables.names.items())),
        records=_records(tables.names.values(), catalogue),
        functions=values.functions(tables.functions),
        loads=any(loading.needed(each) for each in _expressions(decl.body)),
        zone=catalogue.zone,
    )


def _event(rule: nodes.RuleDecl | None) -> str | None:
    clauses = rule.clauses if rule else ()
    return next((each.name.text for each in clauses if isinstance(each, nodes.When)), None)


def _in_order(steps: StepLowering) -> dict[str, Node]:
    return {node.id: node for node in sorted(steps.nodes.values(), key=lambda node: node.span.start)}


def _expressions(steps: tuple[nodes.Step, ...]) -> Iterator[nodes.Expr]:
    """All expressions that steps compute when they run."""
    for step in steps:
        match step:
            case nodes.CallStep(call=call):
                yield call
            case nodes.AssignStep(value=of) | nodes.WaitStep(duration=of) | nodes.TextStep(text=of):
                yield of
            case nodes.StartStep(args=args):
                yield from (arg.value for arg in args)
            case nodes.IfStep(arms=arms, otherwise=otherwise):
                for arm in arms:
                    yield arm.test
                    yield from _expressions(arm.body)
                yield from _expressions(otherwise or ())


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
