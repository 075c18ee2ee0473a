"""What the steps of a declaration read when they run, and whether a part of it has to be loaded first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treadle.dsl import nodes
from treadle.dsl.checker.agents_use import agent_keys
from treadle.dsl.checker.scopes import Workspace
from treadle.dsl.checker.tables import AskRef, Tables
from treadle.dsl.checker.walking import steps_in
from treadle.dsl.lower.loading import Loading


class StepReads:
    """The expressions of all steps, the keys of the agents that they ask among them."""

    def __init__(self, steps: tuple[nodes.Step, ...], tables: Tables, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tables = tables
        self._read = tuple(each for step in steps_in(steps) for each in _expressions(step))
        self._asks = tuple(each for each in tables.refs.values() if isinstance(each, AskRef))

    def load(self, events: Iterable[str]) -> bool:
        """Whether one needs what no delivery of the events with these names carries."""
        names = tuple(events)
        parts = [(self._tables, each) for each in self._read] + list(self._keys())
        loadings = {id(tables): Loading(tables, self._workspace.fitting, names) for tables, _ in parts}
        return any(loadings[id(tables)].needed(each) for tables, each in parts)

    def _keys(self) -> Iterator[tuple[Tables, nodes.Expr]]:
        for ask in self._asks:
            _, decl = self._workspace.agents[ask.agent]
            yield from ((ask.keys, key) for _, key in agent_keys(decl))


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
        case nodes.WaitForStep(heard=heard, test=test, up_to=up_to):
            return (*(arg.value for arg in heard.args), *(each for each in (test, up_to) if each is not None))
        case nodes.ApproveStep(question=question, by=by, up_to=up_to):
            return (question, by, up_to) if up_to is not None else (question, by)
        case _:
            return ()
