"""Checks one declaration at a time. Owns the order of the parts and what an unused name is."""

from __future__ import annotations

import msgspec

from treadle.dsl import name_codes, nodes, step_codes
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.headers import rule_header, sequence_header
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.scopes import CLOCK, FileScope, taken
from treadle.dsl.checker.steps import StepCheck
from treadle.dsl.checker.tables import Tables
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.typesystem import UNKNOWN, Type


class Checked(msgspec.Struct, frozen=True):
    """What was found out about one declaration. `type` is that of a constant; `complete` when all of it can be read."""

    decl: nodes.Decl
    tables: Tables
    diagnostics: tuple[Diagnostic, ...]
    used: frozenset[str]
    type: Type = UNKNOWN
    complete: bool = True

    @property
    def clean(self) -> bool:
        """Whether there is no error in it."""
        return all(each.severity != "error" for each in self.diagnostics)


class FileCheck:
    """Checks the declarations of one file, each once. Constants must be asked for in the order of need."""

    def __init__(self, file: FileScope) -> None:
        self.file = file
        self._done: dict[int, Checked] = {}

    def check(self, decl: nodes.Decl) -> Checked:
        """The declaration, checked."""
        key = id(decl)
        if key not in self._done:
            self._done[key] = check_declaration(self.file, decl, self)
        return self._done[key]

    def let_type(self, name: str) -> Type:
        """The type of a constant; Unknown in a circle, which is reported for itself."""
        done = self._done.get(id(self.file.lets[name]))
        return done.type if done else UNKNOWN


def check_declaration(file: FileScope, decl: nodes.Decl, others: FileCheck) -> Checked:
    """Find out what names mean and which types values have in one declaration."""
    desk, tables = Desk(file.module.file), Tables()
    inference = Inference(file, desk, tables, others.let_type)
    found: Type = UNKNOWN
    complete = True
    match decl:
        case nodes.Let():
            env = Env(place="a constant", constant="A `let`")
            found = inference.infer(decl.value, env)
        case nodes.FunctionDecl():
            _function(inference, decl)
        case nodes.RuleDecl():
            complete = _rule(inference, decl)
        case nodes.SequenceDecl():
            complete = _sequence(inference, decl)
        case nodes.LaterDecl() | nodes.BrokenDecl():
            complete = False
    return Checked(decl, tables, tuple(desk.found.values()), frozenset(inference.used), found, complete)


def _function(inference: Inference, decl: nodes.FunctionDecl) -> None:
    env = _params(inference, decl.params, Env(place="a function"))
    returns = resolve(decl.returns, inference.file, inference.desk, inference.used)
    inference.expect(decl.body, env, returns, f"`{decl.name.text}`")
    _unused_params(inference, decl.params)


def _params(inference: Inference, params: tuple[nodes.ParamDecl, ...], env: Env) -> Env:
    for param in params:
        name = param.name
        declared = resolve(param.type, inference.file, inference.desk, inference.used)
        if first := env.first_given(name.text) or inference.file.first_given(name.text):
            taken(inference.desk, name, first)
        elif name.text in CLOCK:
            inference.desk.report(name_codes.NAME_RESERVED, name.span, name=name.text, what=CLOCK[name.text])
        inference.tables.names[name.text] = declared
        env = env.give(name.text, declared, name.span)
    return env


def _unused_params(inference: Inference, params: tuple[nodes.ParamDecl, ...]) -> None:
    for param in () if inference.desk.has_errors else params:
        if param.name.text not in inference.used:
            inference.desk.report(step_codes.NEVER_USED, param.name.span, name=param.name.text)


def _rule(inference: Inference, decl: nodes.RuleDecl) -> bool:
    env = rule_header(inference, decl)
    return _body(inference, decl, env)


def _sequence(inference: Inference, decl: nodes.SequenceDecl) -> bool:
    env = _params(inference, decl.params, Env())
    env = sequence_header(inference, decl, env)
    complete = _body(inference, decl, env)
    if complete:
        _unused_params(inference, decl.params)
    return complete


def _body(inference: Inference, decl: nodes.RuleDecl | nodes.SequenceDecl, env: Env) -> bool:
    steps = StepCheck(inference)
    steps.block(decl.body, env)
    headers = not any(isinstance(each, nodes.LaterClause | nodes.BrokenClause) for each in decl.clauses)
    complete = steps.complete and headers
    if complete and not inference.desk.has_errors:
        steps.report_unused()
    return complete
