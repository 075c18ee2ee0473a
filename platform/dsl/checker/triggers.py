"""What starts a rule: events, webhooks, schedules, a person. Owns which of them go together and the names they give."""

from __future__ import annotations

from treadle.dsl import clause_codes, nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker import bounds, zones
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.hearing import WEBHOOK, check_free, heard_type
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.parameters import declare_params
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.typesystem import UNKNOWN, Type

Trigger = nodes.When | nodes.WhenWebhook | nodes.WhenEvery | nodes.WhenCron | nodes.WhenByHand
_SHORTEST_INTERVAL = 1.0  # seconds
_WORDS = {
    nodes.When: "when",
    nodes.WhenWebhook: "when webhook",
    nodes.WhenEvery: "when every",
    nodes.WhenCron: "when cron",
    nodes.WhenByHand: "when by hand",
}


def triggers(inference: Inference, decl: nodes.RuleDecl, env: Env) -> Env:
    """Check what starts the rule; the environment with the event's name or the parameters."""
    found = [each for each in decl.clauses if isinstance(each, Trigger)]
    if not found:
        if not any(isinstance(each, nodes.BrokenClause) for each in decl.clauses):
            inference.desk.report(codes.HEARS_NOTHING, decl.name.span)
        return env
    _go_together(inference, found)
    for each in found:
        match each:
            case nodes.WhenEvery():
                _every(inference, each)
            case nodes.WhenCron():
                zones.cron_line(inference, each.line)
                _zone(inference, each.zone)
            case nodes.WhenByHand(params=params):
                env = declare_params(inference, params, env)
    heard = [each for each in found if isinstance(each, nodes.When | nodes.WhenWebhook)]
    return _event(inference, heard, env) if heard else env


def trigger_word(clause: Trigger) -> str:
    """The clause as a message calls it."""
    return _WORDS[type(clause)]


def _go_together(inference: Inference, found: list[Trigger]) -> None:
    """Report the first trigger that gives other names than the one before all others."""
    first = found[0]
    for each in found[1:]:
        if _gives(each) != _gives(first):
            one, other = trigger_word(first), trigger_word(each)
            inference.desk.report(clause_codes.TRIGGERS_MIX, each.span, first=one, second=other)
            return


def _gives(trigger: Trigger) -> str:
    match trigger:
        case nodes.When() | nodes.WhenWebhook():
            return "an event"
        case nodes.WhenByHand(params=params) if params:
            return "parameters"
        case _:
            return "nothing"


def _event(inference: Inference, heard: list[nodes.When | nodes.WhenWebhook], env: Env) -> Env:
    """The event's name, with what all alternatives have in common."""
    payloads = [_payload(inference, each, env) for each in heard]
    name = heard[0].name
    for other in heard[1:]:
        if other.name.text != name.text:
            at = other.name.span
            fix = Fix(f"call it `{name.text}`", (TextEdit(at.start, at.end, name.text),))
            inference.desk.report(codes.EVENT_NAMES_DIFFER, at, fixes=(fix,), first=name.text, name=other.name.text)
            env = env.give(other.name.text, UNKNOWN, other.name.span)
    check_free(inference, name, env)
    event = inference.fit.common_fields(payloads)
    inference.tables.names[name.text] = event
    return env.give(name.text, event, name.span)


def _payload(inference: Inference, clause: nodes.When | nodes.WhenWebhook, env: Env) -> Type:
    return heard_type(inference, clause.heard, env) if isinstance(clause, nodes.When) else WEBHOOK


def _every(inference: Inference, clause: nodes.WhenEvery) -> None:
    if clause.interval is not None:
        bounds.constant_duration(inference, clause.interval, "`every`", bounds.YEAR, _SHORTEST_INTERVAL)
    _zone(inference, clause.zone)


def _zone(inference: Inference, node: nodes.Expr | None) -> None:
    if node is not None:
        zones.constant_zone(inference, node)
