"""Checks one declaration at a time. Owns the order of the parts and what an unused name is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker.agents import check_agent
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.calendars import check_calendar
from treadle.dsl.checker.decision_tables import check_table
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.events import check_event
from treadle.dsl.checker.headers import complete as headers_complete
from treadle.dsl.checker.headers import rule_header, sequence_header
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.limits import check_limit
from treadle.dsl.checker.mentions import Mention, mentioned
from treadle.dsl.checker.parameters import declare_params, report_unused_params
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.sequences import result_of
from treadle.dsl.checker.steps import StepCheck
from treadle.dsl.checker.tables import Tables
from treadle.dsl.checker.trials import check_trial
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.typesystem import UNKNOWN, Type


class Checked(msgspec.Struct, frozen=True):
    """What was found out about one declaration.

    `type` is that of a constant, `returns` what running a sequence gives (None for nothing); `complete` when all of it
    can be read. `mentions` are the events, agents and calendars that it names. `clean` when there is no error in it.
    """

    decl: nodes.Decl
    tables: Tables
    diagnostics: tuple[Diagnostic, ...]
    used: frozenset[str]
    type: Type = UNKNOWN
    complete: bool = True
    returns: Type | None = None
    mentions: frozenset[Mention] = frozenset()
    clean: bool = True


class FileCheck:
    """Checks the declarations of one file, each once. Constants must be asked for in the order of need.

    `done` is what all files together have checked.
    """

    def __init__(self, file: FileScope, done: dict[int, Checked]) -> None:
        self.file = file
        self._done = done

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

    def returned(self, sequence: str) -> Type | None:
        """What running a sequence gives, None for nothing; Unknown in a circle, which is reported for itself."""
        done = self._done.get(id(self.file.workspace.sequences[sequence][1]))
        return done.returns if done else UNKNOWN


def check_declaration(file: FileScope, decl: nodes.Decl, others: FileCheck, tables: Tables | None = None) -> Checked:
    """Find out what names mean and which types values have in one declaration; `tables` take it, if they are given."""
    desk, tables = Desk(file.module.file, file.desk.guesses), tables or Tables()
    inference = Inference(file, desk, tables, others.let_type)
    found: Type = UNKNOWN
    complete, returns = True, None
    match decl:
        case nodes.Let():
            env = Env(place="a constant", constant="A `let`")
            found = inference.infer(decl.value, env)
        case nodes.RuleDecl():
            complete = _rule(inference, decl, others)
        case nodes.SequenceDecl():
            complete, returns = _sequence(inference, decl, others)
        case _ if type(decl) in _PLAIN:
            complete = _PLAIN[type(decl)](inference, decl)
        case nodes.BrokenDecl():
            complete = False
    return Checked(
        decl=decl,
        tables=tables,
        diagnostics=tuple(desk.found.values()),
        used=frozenset(inference.used),
        type=found,
        complete=complete,
        returns=returns,
        mentions=frozenset(mentioned(decl)),
        clean=not desk.has_errors,
    )


def _function(inference: Inference, decl: nodes.FunctionDecl) -> bool:
    env = declare_params(inference, decl.params, Env(place="a function"))
    returns = resolve(decl.returns, inference.file, inference.desk, inference.used)
    inference.expect(decl.body, env, returns, f"`{decl.name.text}`")
    report_unused_params(inference, decl.params)
    return True


_PLAIN: dict[type, Callable[[Inference, Any], bool]] = {
    nodes.FunctionDecl: _function,
    nodes.TableDecl: check_table,
    nodes.EventDecl: check_event,
    nodes.AgentDecl: check_agent,
    nodes.LimitDecl: check_limit,
    nodes.CalendarDecl: check_calendar,
    nodes.TestDecl: check_trial,
}
"""What checks a declaration that gives nothing but its own findings; the answer is whether all of it could be read."""


def _rule(inference: Inference, decl: nodes.RuleDecl, others: FileCheck) -> bool:
    env = rule_header(inference, decl)
    inference.tables.note(decl.id, env)
    steps = StepCheck(inference, others.returned)
    steps.block(decl.body, env)
    return _complete(inference, decl, steps)


def _sequence(inference: Inference, decl: nodes.SequenceDecl, others: FileCheck) -> tuple[bool, Type | None]:
    env = declare_params(inference, decl.params, Env())
    env = sequence_header(inference, decl, env)
    inference.tables.note(decl.id, env)
    steps = StepCheck(inference, others.returned, in_sequence=True)
    behind = steps.block(decl.body, env)
    complete = _complete(inference, decl, steps)
    if complete:
        report_unused_params(inference, decl.params)
    return complete, result_of(steps, decl, behind)


def _complete(inference: Inference, decl: nodes.RuleDecl | nodes.SequenceDecl, steps: StepCheck) -> bool:
    """Whether all of it could be read; then names that nothing uses are warned of."""
    complete = steps.complete and headers_complete(decl.clauses)
    if complete and not inference.desk.has_errors:
        steps.report_unused()
    return complete
