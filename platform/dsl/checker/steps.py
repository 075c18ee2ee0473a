"""The steps under `do`: which names they give on which paths, and what they call."""

from __future__ import annotations

from treadle.dsl import name_codes, nodes, type_codes
from treadle.dsl import step_codes as codes
from treadle.dsl.catalogue import Param
from treadle.dsl.checker import actions
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.environment import Env, meet
from treadle.dsl.checker.headers import check_free, constant_duration
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.reading import is_alias
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import ActionRef
from treadle.dsl.checker.walking import bare
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import DURATION, TEXT, UNKNOWN, Optional, Type, show

LONGEST_TIMEOUT = 900.0  # seconds that one call may take
LONGEST_RETRY = 7 * 86400.0  # seconds that all tries of one call may take
MOST_TRIES = 100


class StepCheck:
    """Walks the steps of one rule or sequence. `complete` is false when a part of them cannot be checked."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.desk = inference.desk
        self.complete = True
        self._given: dict[str, Span] = {}
        self._labels: dict[str, Span] = {}

    def block(self, steps: tuple[nodes.Step, ...], env: Env) -> Env:
        """Check steps that follow each other; the environment behind the last."""
        reported = False
        for step in steps:
            if env.ended and not reported:
                reported = True
                self.desk.report(codes.NEVER_REACHED, step.span)
            env = self._step(step, env)
        return env

    def report_unused(self) -> None:
        """Warn of names that steps give and nothing uses."""
        for name, span in self._given.items():
            if name not in self.inference.used:
                self.desk.report(codes.NEVER_USED, span, name=name)

    def _step(self, step: nodes.Step, env: Env) -> Env:
        self._label(step)
        match step:
            case nodes.CallStep():
                return self._call(step, env)
            case nodes.AssignStep(name=name, value=value):
                return self._give(name, self.inference.infer(value, env), env)
            case nodes.IfStep():
                return self._if(step, env)
            case nodes.WaitStep(duration=duration):
                self.inference.expect(duration, env, DURATION, "`wait`")
                self._passes(duration)
            case nodes.StartStep():
                self._start(step, env)
            case nodes.TextStep(verb=verb, text=text):
                self.inference.expect(text, env, TEXT, f"`{verb}`")
                return env.end() if verb == "fail" else env
            case nodes.StopStep():
                return env.end()
            case nodes.LaterStep() | nodes.BrokenStep():
                return self._unchecked(step, env)
        return env

    def _passes(self, duration: nodes.Expr) -> None:
        """A constant wait must end after it began."""
        of = bare(duration)
        negative = isinstance(of, nodes.Unary) and seconds_of(of.of, self.inference.file) is not None
        if negative or seconds_of(of, self.inference.file) == 0:
            self.desk.report(codes.OUT_OF_RANGE, duration.span, what="`wait`", low="1 ms", high="36500 days")

    def _label(self, step: nodes.Step) -> None:
        if step.label is None:
            return
        name = step.label
        if name.text in self._labels:
            notes = (f"it is first given in line {self._labels[name.text].line}",)
            self.desk.report(codes.LABEL_TWICE, name.span, notes=notes, name=name.text)
        self._labels.setdefault(name.text, name.span)

    def _unchecked(self, step: nodes.LaterStep | nodes.BrokenStep, env: Env) -> Env:
        """A step that cannot be checked: what it may give is not reported as unknown behind it."""
        self.complete = False
        later = isinstance(step, nodes.LaterStep)
        if isinstance(step, nodes.BrokenStep):
            self.block(step.body, env)
        if step.name is not None:
            env = env.give(step.name.text, UNKNOWN, step.name.span)
        return env.spill() if later or step.name is None else env

    def _give(self, name: nodes.Ident, type: Type, env: Env) -> Env:
        """Behind a step that gives a name."""
        if not check_free(self.inference, name, env):
            return env
        self._given.setdefault(name.text, name.span)
        names = self.inference.tables.names
        joined = self.inference.fit.join(names[name.text], type) if name.text in names else type
        if joined is None:
            left, right = show(names[name.text]), show(type)
            self.desk.report(type_codes.NOTHING_IN_COMMON, name.span, what=f"`{name.text}`", left=left, right=right)
            joined = UNKNOWN
        names[name.text] = joined
        return env.give(name.text, type, name.span)

    def _if(self, step: nodes.IfStep, env: Env) -> Env:
        behind: list[Env] = []
        for arm in step.arms:
            self.inference.condition(arm.test, env)
            behind.append(self.block(arm.body, self.inference.knowing(env, arm.test, holds=True)))
            env = self.inference.knowing(env, arm.test, holds=False)
        behind.append(self.block(step.otherwise, env) if step.otherwise is not None else env)
        return meet(behind, self.inference.tables.names)

    def _call(self, step: nodes.CallStep, env: Env) -> Env:
        of = step.call.of
        if isinstance(of, nodes.Member) and isinstance(of.of, nodes.Name) and self._is_action(of.of, of.name.text, env):
            return self._action(step, env)
        value = self.inference.infer(step.call, env)
        written = self.inference.written(of)
        modifier = step.timeout or step.retry
        if modifier is not None:
            self.desk.report(codes.MODIFIER_MISPLACED, modifier.span, callee=written)
        if step.name is None:
            if step.call.id in self.inference.tables.refs:
                notes = (f"give it a name: `x = {written}(...)`",)
                self.desk.report(codes.RESULT_UNUSED, step.call.span, notes=notes, callee=written)
            return env
        return self._give(step.name, value, env)

    def _is_action(self, name: nodes.Name, member: str, env: Env) -> bool:
        """Whether `name.member(...)` calls a plugin; also when it is not in use, but there is such a plugin."""
        if name.text in env.names or name.text in self.inference.file.lets:
            return False
        plugins = self.inference.file.workspace.catalogue.plugins
        return is_alias(self.inference, name, env) or name.text in plugins

    def _action(self, step: nodes.CallStep, env: Env) -> Env:
        found = actions.action_of(self.inference, step.call)
        self._modifiers(step)
        result: Type = UNKNOWN
        if found is None:
            for arg in step.call.args:
                self.inference.infer(arg.value, env)
        else:
            result = self._call_action(step, found, env)
        return self._give(step.name, result, env) if step.name is not None else env

    def _call_action(self, step: nodes.CallStep, found: ActionRef, env: Env) -> Type:
        callee = self.inference.written(step.call.of)
        self.inference.tables.refs[step.call.id] = found
        connection = (found.plugin, found.connection)
        actions.check_arguments(
            self.inference, step.call.args, found.spec.params, env, callee, step.call.of.span, connection
        )
        if found.spec.returns is None and step.name is not None:
            self.desk.report(codes.NO_RESULT, step.name.span, action=callee)
        return found.spec.returns or UNKNOWN

    def _modifiers(self, step: nodes.CallStep) -> None:
        if step.timeout is not None:
            constant_duration(self.inference, step.timeout, "`timeout`", LONGEST_TIMEOUT)
        if step.retry is None:
            return
        if not 1 <= step.retry.times <= MOST_TRIES:
            self.desk.report(codes.OUT_OF_RANGE, step.retry.span, what="`retry`", low="1", high=f"{MOST_TRIES} times")
        if step.retry.over is not None:
            constant_duration(self.inference, step.retry.over, "`over`", LONGEST_RETRY)

    def _start(self, step: nodes.StartStep, env: Env) -> None:
        workspace, name = self.inference.file.workspace, str(step.sequence.value)
        if name in workspace.sequences:
            file, decl = workspace.sequences[name]
            params = sequence_params(file, decl)
            callee = f'start "{name}"'
            actions.check_arguments(self.inference, step.args, params, env, callee, step.sequence.span)
            return
        for arg in step.args:
            self.inference.infer(arg.value, env)
        if name in workspace.later or workspace.leaky:
            self.inference.tables.unresolved = True
        else:
            self._unknown_sequence(step.sequence, name)

    def _unknown_sequence(self, node: nodes.Constant, name: str) -> None:
        from treadle.dsl.spelling import suggest

        near = suggest(name, self.inference.file.workspace.sequences)
        notes = (f'did you mean "{near}"?',) if near else ()
        if self.inference.file.workspace.has_rule(name):
            notes = (f'"{name}" is a rule: rules are started by what they hear, sequences by `start`',)
        fixes = (Fix(f'write "{near}"', (TextEdit(node.span.start, node.span.end, f'"{near}"'),)),) if near else ()
        self.desk.report(name_codes.UNKNOWN_SEQUENCE, node.span, notes=notes, fixes=fixes, name=name)


def sequence_params(file: FileScope, decl: nodes.SequenceDecl) -> tuple[Param, ...]:
    """What `start` gives to a sequence; types that are none are reported where they stand."""
    from treadle.dsl.checker.annotations import resolve
    from treadle.dsl.checker.desk import Desk

    silent, used = Desk(file.module.file), set[str]()
    types = [(each.name.text, resolve(each.type, file, silent, used)) for each in decl.params]
    return tuple(Param(name, of, required=not isinstance(of, Optional)) for name, of in types)
