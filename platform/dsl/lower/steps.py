"""Steps to the nodes of a graph: each with its id and what follows it."""

from __future__ import annotations

from treadle.dsl import graph, nodes
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import ActionRef, Tables
from treadle.dsl.expressions import Expr, Lit
from treadle.dsl.lower.expressions import ExpressionLowering

TRIES = 5  # of what may be repeated; blind actions use them only when surely nothing was sent
OVER = 600.0  # seconds that all tries may take together


class StepLowering:
    """Lowers the steps of one declaration from the last to the first, so that each knows what follows it."""

    def __init__(self, file: FileScope, tables: Tables, expressions: ExpressionLowering, ids: dict[int, str]) -> None:
        self._file = file
        self._tables = tables
        self._lower = expressions.lower
        self._ids = ids
        self.nodes: dict[str, graph.Node] = {}

    def chain(self, steps: tuple[nodes.Step, ...], behind: str | None) -> str | None:
        """Lower steps that follow each other; the id of the first, or `behind` when there are none."""
        for step in reversed(_reachable(steps)):
            behind = self._step(step, behind)
        return behind

    def _step(self, step: nodes.Step, behind: str | None) -> str:
        name = self._ids[step.id]
        self.nodes[name] = self._node(step, name, behind)
        return name

    def _node(self, step: nodes.Step, id: str, behind: str | None) -> graph.Node:
        match step:
            case nodes.CallStep():
                return self._call(step, id, behind)
            case nodes.AssignStep(name=name, value=value):
                return graph.Assign(id=id, span=step.span, next=behind, name=name.text, value=self._lower(value))
            case nodes.IfStep():
                return self._branch(step, id, behind)
            case nodes.WaitStep(duration=duration):
                return graph.Wait(id=id, span=step.span, next=behind, duration=self._lower(duration))
            case nodes.StartStep(sequence=sequence, args=args):
                title = str(sequence.value)
                given = self._arguments(args)
                given |= {name: none for name, none in self._missing(title).items() if name not in given}
                return graph.Start(id=id, span=step.span, next=behind, sequence=title, args=given)
            case nodes.TextStep(verb="log", text=text):
                return graph.Log(id=id, span=step.span, next=behind, text=self._lower(text))
            case nodes.TextStep(text=text):
                return graph.Fail(id=id, span=step.span, text=self._lower(text))
            case nodes.StopStep():
                return graph.Stop(id=id, span=step.span)
        raise TypeError(f"{step.__class__.__name__} cannot run")

    def _missing(self, sequence: str) -> dict[str, Expr]:
        """The optional parameters of a sequence as missing, for when `start` does not name them."""
        params = self._file.workspace.sequences[sequence][1].params
        return {each.name.text: Lit(None, "missing") for each in params if each.type.optional}

    def _arguments(self, args: tuple[nodes.Argument, ...]) -> dict[str, Expr]:
        return {arg.name.text: self._lower(arg.value) for arg in args if arg.name}

    def _call(self, step: nodes.CallStep, id: str, behind: str | None) -> graph.Node:
        ref = self._tables.refs[step.call.id]
        if not isinstance(ref, ActionRef):
            name = step.name.text if step.name else id
            return graph.Assign(id=id, span=step.span, next=behind, name=name, value=self._lower(step.call))
        tries, over = self._retry(step.retry)
        return graph.Call(
            id=id,
            span=step.span,
            next=behind,
            plugin=ref.plugin,
            connection=ref.connection,
            action=ref.spec.name,
            args=self._arguments(step.call.args),
            effect=ref.spec.effect,
            name=step.name.text if step.name else None,
            timeout=self._seconds(step.timeout, ref.spec.timeout),
            tries=tries,
            over=over,
        )

    def _retry(self, retry: nodes.Retry | None) -> tuple[int, float]:
        return (TRIES, OVER) if retry is None else (retry.times, self._seconds(retry.over, OVER))

    def _seconds(self, node: nodes.Expr | None, default: float) -> float:
        found = seconds_of(node, self._file) if node is not None else None
        return default if found is None else found

    def _branch(self, step: nodes.IfStep, id: str, behind: str | None) -> graph.Node:
        otherwise = self.chain(step.otherwise or (), behind)
        arms = tuple(graph.Arm(self._lower(arm.test), self.chain(arm.body, behind)) for arm in step.arms)
        return graph.Branch(id=id, span=step.span, next=behind, arms=arms, otherwise=otherwise)


def _reachable(steps: tuple[nodes.Step, ...]) -> tuple[nodes.Step, ...]:
    """The steps up to the first that always ends the run."""
    for at, step in enumerate(steps):
        if isinstance(step, nodes.StopStep) or (isinstance(step, nodes.TextStep) and step.verb == "fail"):
            return steps[: at + 1]
    return steps
