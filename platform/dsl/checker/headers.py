"""The clauses above `do`: what a rule hears, when it fires, how often."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import name_codes, nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker import actions
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import PRINTABLE, is_kind
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.scopes import CLOCK, taken
from treadle.dsl.checker.tables import TriggerRef
from treadle.dsl.checker.walking import shown
from treadle.dsl.type_codes import DOES_NOT_FIT, NOT_CONSTANT
from treadle.dsl.typesystem import DURATION, JSON, TEXT, UNKNOWN, Optional, Type, Unknown, plain, show

LONGEST_MEMORY = 3650 * 86400.0  # seconds that `once per` may remember


def rule_header(inference: Inference, decl: nodes.RuleDecl) -> Env:
    """Check the clauses of a rule; the environment that they leave for the steps."""
    env = _events(inference, decl, Env())
    _once_each(inference, decl.clauses)
    for clause in decl.clauses:
        if isinstance(clause, nodes.Where):
            inference.condition(clause.test, env.at("a condition"))
            env = inference.knowing(env, clause.test, holds=True)
    for clause in decl.clauses:
        if isinstance(clause, nodes.OncePer):
            _once(inference, clause, env.at("a key"))
    return env


def sequence_header(inference: Inference, decl: nodes.SequenceDecl, env: Env) -> Env:
    """Check that no clause of a rule stands in a sequence; the environment for the steps."""
    names = {nodes.When: "when", nodes.Where: "where", nodes.OncePer: "once"}
    for clause in decl.clauses:
        if type(clause) in names:
            inference.desk.report(codes.CLAUSE_MISPLACED, clause.span, clause=names[type(clause)])
        env = _later(inference, clause, env)
    return env


def _later(inference: Inference, clause: nodes.Clause, env: Env) -> Env:
    """What a clause that cannot be checked may give."""
    if not isinstance(clause, nodes.LaterClause | nodes.BrokenClause):
        return env
    if clause.name is None:
        return env.spill() if isinstance(clause, nodes.BrokenClause) else env
    return env.give(clause.name.text, UNKNOWN, clause.name.span)


def _once_each(inference: Inference, clauses: Iterable[nodes.Clause]) -> None:
    for kind, word in ((nodes.Where, "where"), (nodes.OncePer, "once")):
        for clause in [each for each in clauses if isinstance(each, kind)][1:]:
            notes = ("join the conditions with `and`",) if word == "where" else ()
            inference.desk.report(codes.CLAUSE_TWICE, clause.span, notes=notes, clause=word)


def _events(inference: Inference, decl: nodes.RuleDecl, env: Env) -> Env:
    """The event's name, with what all alternatives have in common."""
    whens = [each for each in decl.clauses if isinstance(each, nodes.When)]
    for clause in decl.clauses:
        env = _later(inference, clause, env)
    if not whens:
        if not any(isinstance(each, nodes.LaterClause | nodes.BrokenClause) for each in decl.clauses):
            inference.desk.report(codes.HEARS_NOTHING, decl.name.span)
        return env
    payloads = [_when(inference, each, env) for each in whens]
    name = whens[0].name
    for other in whens[1:]:
        if other.name.text != name.text:
            inference.desk.report(codes.EVENT_NAMES_DIFFER, other.name.span, first=name.text, name=other.name.text)
            env = env.give(other.name.text, UNKNOWN, other.name.span)
    check_free(inference, name, env)
    event = inference.fit.common_fields(payloads)
    inference.tables.names[name.text] = event
    return env.give(name.text, event, name.span)


def check_free(inference: Inference, name: nodes.Ident, env: Env) -> bool:
    """Whether a step or a header may give the name; reported when it may not."""
    if first := env.first_given(name.text) or inference.file.first_given(name.text):
        taken(inference.desk, name, first)
        return False
    if name.text in CLOCK:
        inference.desk.report(name_codes.NAME_RESERVED, name.span, name=name.text, what=CLOCK[name.text])
        return False
    return True


def _when(inference: Inference, clause: nodes.When, env: Env) -> Type:
    heard = clause.heard
    if heard.alias is None:
        return UNKNOWN
    found = actions.in_use(inference, heard.alias.text, heard.alias.span)
    place = env.at("an argument of a trigger", "An argument of a trigger")
    if found is None or found.spec is None:
        return UNKNOWN
    name = heard.trigger
    spec = found.spec.triggers.get(name.text)
    if spec is None:
        triggers = list(found.spec.triggers)
        inference.desk.misspelt(name_codes.UNKNOWN_TRIGGER, name.span, name.text, triggers, plugin=found.plugin)
        return UNKNOWN
    inference.tables.refs[clause.id] = TriggerRef(found.plugin, found.connection, spec)
    callee = f"{heard.alias.text}.{name.text}"
    connection = (found.plugin, found.connection)
    actions.check_arguments(inference, heard.args, spec.params, place, callee, clause.span, connection)
    return spec.payload


def _once(inference: Inference, clause: nodes.OncePer, env: Env) -> None:
    key = inference.infer(clause.key, env)
    allowed = isinstance(key, Unknown) or key == JSON or is_kind(plain(key), *PRINTABLE)
    if not allowed:
        what = "The key of `once per`"
        inference.desk.report(DOES_NOT_FIT, clause.key.span, what=what, expected=show(TEXT), actual=show(plain(key)))
    if clause.within is not None:
        constant_duration(inference, clause.within, "`within`", LONGEST_MEMORY)


def constant_duration(inference: Inference, node: nodes.Expr, what: str, most: float) -> None:
    """Check a duration that must be known when the file is checked; `most` in seconds."""
    actual = inference.infer(node, Env(place="a constant"))
    if isinstance(actual, Optional | Unknown):
        return
    if actual != DURATION:
        inference.meet(node, actual, DURATION, what)
        return
    seconds = seconds_of(node, inference.file)
    if seconds is None:
        name = shown(node, inference.file.module.text).strip("`")
        inference.desk.report(NOT_CONSTANT, node.span, what=what, name=name)
    elif not 0 < seconds <= most:
        inference.desk.report(codes.OUT_OF_RANGE, node.span, what=what, low="1 ms", high=_words(most))


def _words(seconds: float) -> str:
    from datetime import timedelta

    from treadle.dsl.operations.text_form import duration_form

    return duration_form(timedelta(seconds=seconds))
