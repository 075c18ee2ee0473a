"""Steps to the nodes of a graph: each with its id and what follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.dsl import graph, nodes
from treadle.dsl.checker.agents_use import agent_keys
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import ActionRef, AskRef, Tables
from treadle.dsl.checker.walking import bare
from treadle.dsl.expressions import Binary, Expr, Lit, Or
from treadle.dsl.lower.conditions import ConditionLowering
from treadle.dsl.lower.expressions import ExpressionLowering, LetValue
from treadle.dsl.lower.headers import hear
from treadle.dsl.lower.loading import Loading

TRIES = 5  # of what may be repeated; blind actions use them only when surely nothing was sent
OVER = 600.0  # seconds that all tries may take together
ASK_TIMEOUT = 60.0  # seconds

_ENDS = nodes.StopStep | nodes.ReturnStep


class StepLowering:
    """Lowers the steps of one declaration from the last to the first, so that each knows what follows it.

    `loads` tells whether a step needs what no delivery of a waited event carries, by the event's name.
    """

    def __init__(
        self,
        file: FileScope,
        tables: Tables,
        expressions: ExpressionLowering,
        conditions: ConditionLowering,
        ids: dict[int, str],
        let_value: LetValue,
        loads: Callable[[str], bool],
    ) -> None:
        self._file = file
        self._tables = tables
        self._expressions = expressions
        self._lower = expressions.lower
        self._conditions = conditions
        self._ids = ids
        self._let_value = let_value
        self._loads = loads
        self.nodes: dict[str, graph.Node] = {}

    def chain(self, steps: tuple[nodes.Step, ...], behind: str | None) -> str | None:
        """Lower steps that follow each other; the id of the first, or `behind` when there are none."""
        for step in reversed(_reachable(steps)):
            behind = self._step(step, behind)
        return behind

    def _step(self, step: nodes.Step, behind: str | None) -> str:
        name = self._ids[step.id]
        place = {"id": name, "span": step.span, "next": behind, "labelled": step.label is not None}
        self.nodes[name] = _LOWER[step.__class__](self, step, place)
        return name

    # --- values and ends --------------------------------------------------------------------------------------------

    def _assign(self, step: nodes.AssignStep, place: dict[str, Any]) -> graph.Node:
        return graph.Assign(**place, name=step.name.text, value=self._lower(step.value))

    def _text(self, step: nodes.TextStep, place: dict[str, Any]) -> graph.Node:
        text = self._lower(step.text)
        return graph.Log(**place, text=text) if step.verb == "log" else graph.Fail(**_last(place), text=text)

    def _stop(self, step: nodes.StopStep, place: dict[str, Any]) -> graph.Node:
        return graph.Stop(**_last(place))

    def _return(self, step: nodes.ReturnStep, place: dict[str, Any]) -> graph.Node:
        return graph.Return(**_last(place), value=self._lower(step.value))

    # --- effects ----------------------------------------------------------------------------------------------------

    def _call(self, step: nodes.CallStep, place: dict[str, Any]) -> graph.Node:
        ref = self._tables.refs[step.call.id]
        if not isinstance(ref, ActionRef):
            name = step.name.text if step.name else place["id"]
            return graph.Assign(**place, name=name, value=self._lower(step.call))
        tries, over = self._retry(step.retry)
        return graph.Call(
            **place,
            plugin=ref.plugin,
            connection=ref.connection,
            action=ref.spec.name,
            args=self._arguments(step.call.args),
            effect=ref.spec.effect,
            name=_name(step.name),
            timeout=self._seconds(step.timeout, ref.spec.timeout),
            tries=tries,
            over=over,
        )

    def _ask(self, step: nodes.AskStep, place: dict[str, Any]) -> graph.Node:
        ref = self._tables.refs[step.id]
        assert isinstance(ref, AskRef)  # checked without an error
        _, decl = self._file.workspace.agents[ref.agent]
        keys = ExpressionLowering(ref.keys, self._let_value).lower
        parts = [part for line in decl.lines if isinstance(line, nodes.AgentBudget) for part in line.parts]
        memory = next((key for line, key in agent_keys(decl) if line == "memory"), None)
        return graph.Ask(
            **place,
            agent=ref.agent,
            text=self._lower(step.text),
            name=_name(step.name),
            returns=ref.returns,
            timeout=self._seconds(step.timeout, ASK_TIMEOUT),
            memory=keys(memory) if memory is not None else None,
            budget=tuple(keys(part.key) if part.key is not None else None for part in parts),
        )

    def _emit(self, step: nodes.EmitStep, place: dict[str, Any]) -> graph.Node:
        name, entries = step.event.text, step.data.entries if step.data is not None else ()
        data = {entry.key.text: self._lower(entry.value) for entry in entries}
        _, decl = self._file.workspace.events[name]
        missing = {each.name.text: _MISSING for each in decl.fields if each.name.text not in data}
        return graph.Emit(**place, event=name, data={**data, **missing})

    def _start(self, step: nodes.StartStep, place: dict[str, Any]) -> graph.Node:
        return graph.Start(**place, sequence=str(step.sequence.value), args=self._parameters(step))

    def _run(self, step: nodes.RunStep, place: dict[str, Any]) -> graph.Node:
        title = str(step.sequence.value)
        return graph.Run(**place, sequence=title, args=self._parameters(step), name=_name(step.name))

    def _cancel(self, step: nodes.CancelStep, place: dict[str, Any]) -> graph.Node:
        return graph.Cancel(**place, sequence=str(step.sequence.value), key=self._lower(step.key))

    # --- waits ------------------------------------------------------------------------------------------------------

    def _wait(self, step: nodes.WaitStep, place: dict[str, Any]) -> graph.Node:
        return graph.Wait(**place, duration=self._lower(step.duration))

    def _wait_until(self, step: nodes.WaitUntilStep, place: dict[str, Any]) -> graph.Node:
        return graph.WaitUntil(**place, moment=self._lower(step.moment))

    def _wait_for(self, step: nodes.WaitForStep, place: dict[str, Any]) -> graph.Node:
        assert step.up_to is not None  # checked without an error
        name = step.name.text if step.name is not None else ""
        loading = Loading(self._tables, self._file.workspace.fitting, [name] if name else [])
        return graph.WaitFor(
            **place,
            hear=hear(step.heard, step.name, step.heard, self._tables, self._expressions),
            up_to=self._lower(step.up_to),
            where=self._conditions.terms(step.test, loading),
            key=self._conditions.key(step.test, name),
            on_timeout=self.chain(step.on_timeout or (), None),
            loads=bool(name) and self._loads(name),
        )

    def _approve(self, step: nodes.ApproveStep, place: dict[str, Any]) -> graph.Node:
        assert step.up_to is not None  # checked without an error
        return graph.Approve(
            **place,
            question=self._lower(step.question),
            by=self._lower(step.by),
            up_to=self._lower(step.up_to),
            name=_name(step.name),
            on_timeout=self.chain(step.on_timeout or (), None),
        )

    # --- branches and blocks ----------------------------------------------------------------------------------------

    def _if(self, step: nodes.IfStep, place: dict[str, Any]) -> graph.Node:
        behind = place["next"]
        otherwise = self.chain(step.otherwise or (), behind)
        arms = tuple(
            graph.Arm(self._lower(arm.test), self.chain(arm.body, behind), self._written(arm.test)) for arm in step.arms
        )
        return graph.Branch(**place, arms=arms, otherwise=otherwise)

    def _match(self, step: nodes.MatchStep, place: dict[str, Any]) -> graph.Node:
        behind, subject = place["next"], self._lower(step.subject)
        arms = tuple(
            graph.Arm(self._case(subject, case), self.chain(case.body, behind), self._case_text(case))
            for case in step.cases
        )
        otherwise = self.chain(step.otherwise or (), behind)
        return graph.Branch(**place, arms=arms, otherwise=otherwise, subject=self._written(step.subject))

    def _case(self, subject: Expr, case: nodes.Case) -> Expr:
        tests = tuple(Binary("==", subject, self._lower(each)) for each in case.values)
        return tests[0] if len(tests) == 1 else Or(tests)

    def _case_text(self, case: nodes.Case) -> str:
        return ", ".join(self._written(each) for each in case.values)

    def _written(self, node: nodes.Expr) -> str:
        of = bare(node)
        return " ".join(self._file.module.text[of.span.start : of.span.end].split())

    def _for_each(self, step: nodes.ForEachStep, place: dict[str, Any]) -> graph.Node:
        at_once = int(step.at_once.value) if step.at_once is not None else 1
        body = self.chain(step.body, None)
        return graph.ForEach(**place, name=step.name.text, items=self._lower(step.items), body=body, at_once=at_once)

    def _together(self, step: nodes.TogetherStep, place: dict[str, Any]) -> graph.Node:
        return graph.Together(**place, branches=tuple(self._step(child, None) for child in step.body))

    def _try(self, step: nodes.TryStep, place: dict[str, Any]) -> graph.Node:
        body, handler = self.chain(step.body, None), self.chain(step.handler or (), None)
        return graph.Try(**place, body=body, handler=handler, name=_name(step.error))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _arguments(self, args: tuple[nodes.Argument, ...]) -> dict[str, Expr]:
        return {arg.name.text: self._lower(arg.value) for arg in args if arg.name}

    def _parameters(self, step: nodes.StartStep | nodes.RunStep) -> dict[str, Expr]:
        """The arguments of a sequence; optional parameters that are not named are missing."""
        given = self._arguments(step.args)
        params = self._file.workspace.sequences[str(step.sequence.value)][1].params
        names = [each.name.text for each in params if each.type.optional and each.name.text not in given]
        return {**given, **dict.fromkeys(names, _MISSING)}

    def _retry(self, retry: nodes.Retry | None) -> tuple[int, float]:
        return (TRIES, OVER) if retry is None else (retry.times, self._seconds(retry.over, OVER))

    def _seconds(self, node: nodes.Expr | None, default: float) -> float:
        found = seconds_of(node, self._file) if node is not None else None
        return default if found is None else found


_MISSING = Lit(None, "missing")

_LOWER: dict[type, Callable[[StepLowering, Any, dict[str, Any]], graph.Node]] = {
    nodes.CallStep: StepLowering._call,
    nodes.AssignStep: StepLowering._assign,
    nodes.IfStep: StepLowering._if,
    nodes.MatchStep: StepLowering._match,
    nodes.ForEachStep: StepLowering._for_each,
    nodes.TogetherStep: StepLowering._together,
    nodes.TryStep: StepLowering._try,
    nodes.WaitStep: StepLowering._wait,
    nodes.WaitUntilStep: StepLowering._wait_until,
    nodes.WaitForStep: StepLowering._wait_for,
    nodes.ApproveStep: StepLowering._approve,
    nodes.StartStep: StepLowering._start,
    nodes.RunStep: StepLowering._run,
    nodes.CancelStep: StepLowering._cancel,
    nodes.AskStep: StepLowering._ask,
    nodes.EmitStep: StepLowering._emit,
    nodes.TextStep: StepLowering._text,
    nodes.StopStep: StepLowering._stop,
    nodes.ReturnStep: StepLowering._return,
}


def _last(place: dict[str, Any]) -> dict[str, Any]:
    """The place of a step that ends the run."""
    return {**place, "next": None}


def _name(name: nodes.Ident | None) -> str | None:
    return name.text if name is not None else None


def _reachable(steps: tuple[nodes.Step, ...]) -> tuple[nodes.Step, ...]:
    """The steps up to the first that always ends the run."""
    for at, step in enumerate(steps):
        if isinstance(step, _ENDS) or (isinstance(step, nodes.TextStep) and step.verb == "fail"):
            return steps[: at + 1]
    return steps
