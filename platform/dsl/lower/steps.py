"""Steps to the nodes of a graph: each with its id and what follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.dsl import graph, nodes
from treadle.dsl.checker.walking import bare
from treadle.dsl.expressions import Binary, Expr, Or
from treadle.dsl.lower.effects import EffectLowering, Place, name_of
from treadle.dsl.lower.headers import hear
from treadle.dsl.lower.loading import Loading

_ENDS = nodes.StopStep | nodes.ReturnStep


class StepLowering(EffectLowering):
    """Lowers the steps of one declaration from the last to the first, so that each knows what follows it."""

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

    def _assign(self, step: nodes.AssignStep, place: Place) -> graph.Node:
        return graph.Assign(**place, name=step.name.text, value=self._lower(step.value))

    def _text(self, step: nodes.TextStep, place: Place) -> graph.Node:
        text = self._lower(step.text)
        return graph.Log(**place, text=text) if step.verb == "log" else graph.Fail(**_last(place), text=text)

    def _stop(self, step: nodes.StopStep, place: Place) -> graph.Node:
        return graph.Stop(**_last(place))

    def _return(self, step: nodes.ReturnStep, place: Place) -> graph.Node:
        return graph.Return(**_last(place), value=self._lower(step.value))

    # --- waits ------------------------------------------------------------------------------------------------------

    def _wait(self, step: nodes.WaitStep, place: Place) -> graph.Node:
        return graph.Wait(**place, duration=self._lower(step.duration))

    def _wait_until(self, step: nodes.WaitUntilStep, place: Place) -> graph.Node:
        return graph.WaitUntil(**place, moment=self._lower(step.moment))

    def _wait_for(self, step: nodes.WaitForStep, place: Place) -> graph.Node:
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

    def _approve(self, step: nodes.ApproveStep, place: Place) -> graph.Node:
        assert step.up_to is not None  # checked without an error
        return graph.Approve(
            **place,
            question=self._lower(step.question),
            by=self._lower(step.by),
            up_to=self._lower(step.up_to),
            name=name_of(step.name),
            on_timeout=self.chain(step.on_timeout or (), None),
        )

    # --- branches and blocks ----------------------------------------------------------------------------------------

    def _if(self, step: nodes.IfStep, place: Place) -> graph.Node:
        behind = place["next"]
        otherwise = self.chain(step.otherwise or (), behind)
        arms = tuple(
            graph.Arm(self._lower(arm.test), self.chain(arm.body, behind), self._written(arm.test)) for arm in step.arms
        )
        return graph.Branch(**place, arms=arms, otherwise=otherwise)

    def _match(self, step: nodes.MatchStep, place: Place) -> graph.Node:
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

    def _for_each(self, step: nodes.ForEachStep, place: Place) -> graph.Node:
        at_once = int(step.at_once.value) if step.at_once is not None else 1
        body = self.chain(step.body, None)
        return graph.ForEach(**place, name=step.name.text, items=self._lower(step.items), body=body, at_once=at_once)

    def _together(self, step: nodes.TogetherStep, place: Place) -> graph.Node:
        return graph.Together(**place, branches=tuple(self._step(child, None) for child in step.body))

    def _try(self, step: nodes.TryStep, place: Place) -> graph.Node:
        body, handler = self.chain(step.body, None), self.chain(step.handler or (), None)
        return graph.Try(**place, body=body, handler=handler, name=name_of(step.error))


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


def _last(place: Place) -> dict[str, Any]:
    """The place of a step that ends the run."""
    return {**place, "next": None}


def _reachable(steps: tuple[nodes.Step, ...]) -> tuple[nodes.Step, ...]:
    """The steps up to the first that always ends the run."""
    for at, step in enumerate(steps):
        if isinstance(step, _ENDS) or (isinstance(step, nodes.TextStep) and step.verb == "fail"):
            return steps[: at + 1]
    return steps
