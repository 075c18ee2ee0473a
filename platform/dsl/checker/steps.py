"""The steps under `do`: which names they give on which paths. Owns the walk; each kind of step has its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.dsl import nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker import agents_use, blocks, branches, calling, sequences, waiting
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.hearing import check_free, note_name
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.scopes import taken
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import TEXT, UNKNOWN, Type


class StepCheck:
    """Walks the steps of one rule or sequence. `complete` is false when a part of them cannot be checked.

    `returned` gives what running a sequence gives, None for nothing. `result` is what this one returns so far, `stops`
    whether a `stop` stands in it. `rivals` are names that branches beside this one give.
    """

    def __init__(
        self, inference: Inference, returned: Callable[[str], Type | None], *, in_sequence: bool = False
    ) -> None:
        self.inference = inference
        self.desk = inference.desk
        self.returned = returned
        self.in_sequence = in_sequence
        self.complete = True
        self.stops = False
        self.result: Type | None = None
        self.rivals: dict[str, Span] = {}
        self._given: dict[str, Span] = {}
        self._labels: dict[str, Span] = {}

    def block(self, steps: tuple[nodes.Step, ...], env: Env) -> Env:
        """Check steps that follow each other; the environment behind the last."""
        reported = False
        for step in steps:
            if env.ended and not reported:
                reported = True
                self.desk.report(codes.NEVER_REACHED, step.span)
            self._label(step)
            self.inference.tables.note(step.id, env)
            env = _WALK[step.__class__](self, step, env)
        return env

    def give(self, name: nodes.Ident, type: Type, env: Env, *, unused: bool = True) -> Env:
        """Behind a step that gives a name; with `unused` the name is reported when nothing uses it."""
        if name.text in self.rivals:
            taken(self.desk, name, self.rivals[name.text])
            return env
        if not check_free(self.inference, name, env):
            return env
        if unused:
            self._given.setdefault(name.text, name.span)
        note_name(self.inference, name, type)
        return env.give(name.text, type, name.span)

    def report_unused(self) -> None:
        """Warn of names that steps give and nothing uses."""
        for name, span in self._given.items():
            if name not in self.inference.used:
                self.desk.report(codes.NEVER_USED, span, name=name)

    def _label(self, step: nodes.Step) -> None:
        if step.label is None:
            return
        name = step.label
        if name.text in self._labels:
            notes = (f"it is first given in line {self._labels[name.text].line}",)
            self.desk.report(codes.LABEL_TWICE, name.span, notes=notes, name=name.text)
        self._labels.setdefault(name.text, name.span)


def _assign(check: StepCheck, step: nodes.AssignStep, env: Env) -> Env:
    return check.give(step.name, check.inference.infer(step.value, env), env)


def _text(check: StepCheck, step: nodes.TextStep, env: Env) -> Env:
    check.inference.expect(step.text, env, TEXT, f"`{step.verb}`")
    return env.end() if step.verb == "fail" else env


def _stop(check: StepCheck, step: nodes.StopStep, env: Env) -> Env:
    check.stops = True
    return env.end()


def _broken(check: StepCheck, step: nodes.BrokenStep, env: Env) -> Env:
    """A step that could not be read: what it may give is not reported as unknown in it and behind it."""
    check.complete = False
    behind = env.spill() if step.name is None else env.give(step.name.text, UNKNOWN, step.name.span)
    check.block(step.body, env.spill() if _gives(step.body, step.name) else behind)
    return behind


def _gives(steps: tuple[nodes.Step, ...], name: nodes.Ident | None) -> bool:
    """Whether one of them gives the name, as those under `on timeout` may."""
    found = (each.name for each in steps if isinstance(each, nodes.AssignStep))
    return name is not None and any(each.text == name.text for each in found)


_WALK: dict[type, Callable[[StepCheck, Any, Env], Env]] = {
    nodes.CallStep: calling.call,
    nodes.AssignStep: _assign,
    nodes.IfStep: branches.if_step,
    nodes.MatchStep: branches.match_step,
    nodes.ForEachStep: blocks.for_each,
    nodes.TogetherStep: blocks.together,
    nodes.TryStep: blocks.try_step,
    nodes.WaitStep: waiting.wait,
    nodes.WaitUntilStep: waiting.wait_until,
    nodes.WaitForStep: waiting.wait_for,
    nodes.ApproveStep: waiting.approve,
    nodes.StartStep: sequences.start,
    nodes.RunStep: sequences.run,
    nodes.CancelStep: sequences.cancel,
    nodes.ReturnStep: sequences.return_step,
    nodes.AskStep: agents_use.ask,
    nodes.EmitStep: agents_use.emit,
    nodes.TextStep: _text,
    nodes.StopStep: _stop,
    nodes.BrokenStep: _broken,
}
