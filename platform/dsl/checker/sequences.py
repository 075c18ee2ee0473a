"""Steps that start, run and end sequences, and what a sequence returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import flow_codes, name_codes, nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.catalogue import Param
from treadle.dsl.checker import actions, bounds
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import PRINTABLE, is_kind
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import Tables
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.spelling import suggest
from treadle.dsl.type_codes import CANNOT_COMPARE, NOTHING_IN_COMMON
from treadle.dsl.typesystem import UNKNOWN, Optional, Type, Unknown, plain, show

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference
    from treadle.dsl.checker.steps import StepCheck

Found = tuple[FileScope, nodes.SequenceDecl]


def start(check: StepCheck, step: nodes.StartStep, env: Env) -> Env:
    """`start "Sequence"(...)`."""
    _arguments(check.inference, step, "start", env)
    return env


def run(check: StepCheck, step: nodes.RunStep, env: Env) -> Env:
    """`run "Sequence"(...)`: its value is what the sequence returns."""
    found = _arguments(check.inference, step, "run", env)
    if step.name is None:
        return env
    result: Type = UNKNOWN
    if found is not None:
        returned = check.returned(str(step.sequence.value))
        result = returned or UNKNOWN
        if returned is None:
            action = f'run "{step.sequence.value}"'
            check.desk.report(codes.NO_RESULT, step.name.span, action=action)
    return check.give(step.name, result, env)


def cancel(check: StepCheck, step: nodes.CancelStep, env: Env) -> Env:
    """`cancel "Sequence" for KEY`: the sequence must have a key, and this one must be like it."""
    bounds.key(check.inference, step.key, env, "The key of `cancel`")
    found = sequence_named(check.inference, step.sequence)
    if found is None:
        return env
    name, theirs = step.sequence.value, _key_type(*found)
    ours = check.inference.tables.types[step.key.id]
    if theirs is None:
        check.desk.report(flow_codes.NO_KEY_TO_CANCEL, step.sequence.span, name=name)
    elif is_kind(plain(ours), *PRINTABLE) and not check.inference.fit.comparable(ours, theirs):
        notes = (f'the key of "{name}" is {show(plain(theirs))}',)
        left, right = show(plain(ours)), show(plain(theirs))
        check.desk.report(CANNOT_COMPARE, step.key.span, notes=notes, left=left, right=right)
    return env


def _key_type(file: FileScope, decl: nodes.SequenceDecl) -> Type | None:
    """The type of the key that a sequence has one run at a time for; None when it has no key."""
    from treadle.dsl.checker.inference import Inference

    clause = next((each for each in decl.clauses if isinstance(each, nodes.OneAtATime)), None)
    if clause is None or clause.key is None:
        return None
    env = Env()
    for param, declared in zip(sequence_params(file, decl), decl.params, strict=True):
        env = env.give(param.name, param.type, declared.span)
    return Inference(file, Desk(file.module.file), Tables(), lambda name: UNKNOWN).infer(clause.key, env)


def return_step(check: StepCheck, step: nodes.ReturnStep, env: Env) -> Env:
    """`return VALUE`: only in a sequence; all of its values have a type in common."""
    found = check.inference.infer(step.value, env)
    if not check.in_sequence:
        word = step.value.span.start - step.span.start
        fix = Fix("write `stop`", (TextEdit(step.value.span.start - word, step.value.span.end, "stop"),))
        check.desk.report(flow_codes.RETURN_MISPLACED, step.span, fixes=() if step.label else (fix,))
        return env.end()
    joined = found if check.result is None else check.inference.fit.join(check.result, found)
    if joined is None and check.result is not None:
        left, right = show(check.result), show(found)
        check.desk.report(NOTHING_IN_COMMON, step.value.span, what="The values of `return`", left=left, right=right)
    check.result = joined or UNKNOWN
    return env.end()


def result_of(check: StepCheck, decl: nodes.SequenceDecl, behind: Env) -> Type | None:
    """What `run` gives for this sequence, None for nothing; optional when it can end without a `return`."""
    if check.result is None:
        return None if check.complete else UNKNOWN
    ended = not behind.ended or check.stops or any(_may_end(each) for each in decl.clauses)
    return check.inference.fit.maybe(check.result) if ended and not isinstance(check.result, Unknown) else check.result


def _may_end(clause: nodes.Clause) -> bool:
    """Whether a clause can end a run, or keep it from beginning."""
    if isinstance(clause, nodes.OneAtATime):
        return clause.otherwise != "queue"
    return isinstance(clause, nodes.StopWhen) or (isinstance(clause, nodes.Flag) and clause.word == "off")


def _arguments(inference: Inference, step: nodes.StartStep | nodes.RunStep, verb: str, env: Env) -> Found | None:
    """Check the arguments against the parameters of the sequence; None when there is no such sequence."""
    found = sequence_named(inference, step.sequence)
    if found is not None:
        callee = f'{verb} "{step.sequence.value}"'
        actions.check_arguments(inference, step.args, sequence_params(*found), env, callee, step.sequence.span)
        return found
    for arg in step.args:
        inference.infer(arg.value, env)
    return None


def sequence_named(inference: Inference, node: nodes.Constant) -> Found | None:
    """The sequence of a name; None, reported unless its cause was, when there is none."""
    workspace, name = inference.file.workspace, str(node.value)
    if name in workspace.sequences:
        return workspace.sequences[name]
    if name in workspace.later or workspace.leaky:
        inference.tables.unresolved = True
    else:
        _unknown(inference, node, name)
    return None


def _unknown(inference: Inference, node: nodes.Constant, name: str) -> None:
    near = suggest(name, inference.file.workspace.sequences)
    notes = (f'did you mean "{near}"?',) if near else ()
    if inference.file.workspace.has_rule(name):
        notes = (f'"{name}" is a rule: rules are started by what they hear, sequences by `start`',)
    fixes = (Fix(f'write "{near}"', (TextEdit(node.span.start, node.span.end, f'"{near}"'),)),) if near else ()
    inference.desk.report(name_codes.UNKNOWN_SEQUENCE, node.span, notes=notes, fixes=fixes, name=name)


def sequence_params(file: FileScope, decl: nodes.SequenceDecl) -> tuple[Param, ...]:
    """What `start` gives to a sequence; types that are none are reported where they stand."""
    silent, used = Desk(file.module.file), set[str]()
    types = [(each.name.text, resolve(each.type, file, silent, used)) for each in decl.params]
    return tuple(Param(name, of, required=not isinstance(of, Optional)) for name, of in types)
