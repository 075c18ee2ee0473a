"""The clauses above `do`: which may stand where and how often, and what each needs. What starts a rule: `triggers`."""

from __future__ import annotations

from treadle.dsl import clause_codes, nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker import bounds, zones
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.hearing import check_free, heard_type, note_name
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.triggers import Trigger, trigger_word, triggers
from treadle.dsl.typesystem import UNKNOWN, ListOf

LONGEST_MEMORY = 3650 * bounds.DAY  # seconds that `once per` may remember
LONGEST_QUIET = 30 * bounds.DAY
MOST_FIRINGS = 1_000_000  # that `at most` may count
HIGHEST_PRIORITY = 1000

_IN_SEQUENCES = ("one at a time", "stop when", "only during", "off", "rehearse")
_REPEATED = ("when", "when webhook", "when every", "when cron", "stop when")
_WORDS: dict[type, str] = {
    nodes.Where: "where",
    nodes.OncePer: "once",
    nodes.AtMost: "at most",
    nodes.Quiet: "after ... of quiet",
    nodes.OneAtATime: "one at a time",
    nodes.StopWhen: "stop when",
    nodes.OnlyDuring: "only during",
    nodes.Priority: "priority",
}


def rule_header(inference: Inference, decl: nodes.RuleDecl) -> Env:
    """Check the clauses of a rule; the environment that they leave for the steps."""
    env = triggers(inference, decl, _unread(decl.clauses, Env()))
    _once_each(inference, decl.clauses)
    for clause in decl.clauses:
        if isinstance(clause, nodes.Where):
            inference.condition(clause.test, env.at("a condition"))
            env = inference.knowing(env, clause.test, holds=True)
    return _clauses(inference, decl.clauses, env)


def sequence_header(inference: Inference, decl: nodes.SequenceDecl, env: Env) -> Env:
    """Check the clauses of a sequence; the environment for the steps."""
    env = _unread(decl.clauses, env)
    for clause in decl.clauses:
        word = _word(clause)
        if word is not None and word not in _IN_SEQUENCES:
            inference.desk.report(codes.CLAUSE_MISPLACED, clause.span, clause=word)
            for name in _names(clause):
                env = env.give(name.text, UNKNOWN, name.span)
    own = tuple(each for each in decl.clauses if _word(each) in _IN_SEQUENCES)
    _once_each(inference, own)
    return _clauses(inference, own, env)


def complete(clauses: tuple[nodes.Clause, ...]) -> bool:
    """Whether all clauses could be read."""
    return not any(isinstance(each, nodes.BrokenClause) for each in clauses)


def _word(clause: nodes.Clause) -> str | None:
    """The clause as a message calls it; None for one that cannot be checked."""
    if isinstance(clause, nodes.Flag):
        return clause.word
    return trigger_word(clause) if isinstance(clause, Trigger) else _WORDS.get(type(clause))


def _names(clause: nodes.Clause) -> tuple[nodes.Ident, ...]:
    """The names that a clause gives to the steps."""
    match clause:
        case nodes.When(name=name) | nodes.WhenWebhook(name=name):
            return (name,)
        case nodes.Quiet(name=nodes.Ident() as name):
            return (name,)
        case nodes.WhenByHand(params=params):
            return tuple(each.name for each in params)
        case _:
            return ()


def _unread(clauses: tuple[nodes.Clause, ...], env: Env) -> Env:
    """What clauses that could not be read may give."""
    for clause in clauses:
        if isinstance(clause, nodes.BrokenClause):
            name = clause.name
            env = env.spill() if name is None else env.give(name.text, UNKNOWN, name.span)
    return env


def _once_each(inference: Inference, clauses: tuple[nodes.Clause, ...]) -> None:
    seen: set[str] = set()
    for clause in clauses:
        word = _word(clause)
        if word is None or word in _REPEATED:
            continue
        if word in seen:
            notes = ("join the conditions with `and`",) if word == "where" else ()
            inference.desk.report(codes.CLAUSE_TWICE, clause.span, notes=notes, clause=word)
        seen.add(word)


def _clauses(inference: Inference, clauses: tuple[nodes.Clause, ...], env: Env) -> Env:
    """Check what needs the names of the run, in the order of the text; `quiet` gives one more."""
    event = next((each.name.text for each in clauses if isinstance(each, nodes.When | nodes.WhenWebhook)), None)
    for clause in clauses:
        if isinstance(clause, nodes.Quiet):
            env = _quiet(inference, clause, event, env)
    for clause in clauses:
        match clause:
            case nodes.OncePer():
                _once(inference, clause, env)
            case nodes.AtMost():
                _at_most(inference, clause, env)
            case nodes.OneAtATime(key=key) if key is not None:
                bounds.key(inference, key, env, "The key of `one at a time per`")
            case nodes.StopWhen():
                _stop_when(inference, clause, env)
            case nodes.OnlyDuring():
                _only_during(inference, clause, env)
            case nodes.Priority(number=number) if abs(number) > HIGHEST_PRIORITY:
                low, high = -HIGHEST_PRIORITY, HIGHEST_PRIORITY
                inference.desk.report(codes.OUT_OF_RANGE, clause.span, what="`priority`", low=low, high=high)
    return env


def _once(inference: Inference, clause: nodes.OncePer, env: Env) -> None:
    bounds.key(inference, clause.key, env, "The key of `once per`")
    if clause.within is not None:
        bounds.constant_duration(inference, clause.within, "`within`", LONGEST_MEMORY, env=env)


def _at_most(inference: Inference, clause: nodes.AtMost, env: Env) -> None:
    bounds.whole(inference, clause.count, "`at most`", 1, MOST_FIRINGS)
    bounds.constant_duration(inference, clause.window, "The window of `at most`", bounds.YEAR, env=env)
    if clause.key is not None:
        bounds.key(inference, clause.key, env, "The key of `at most`")


def _quiet(inference: Inference, clause: nodes.Quiet, event: str | None, env: Env) -> Env:
    """The list of the events, where one is asked for; the event's own name is the last of them."""
    bounds.constant_duration(inference, clause.duration, "`after ... of quiet`", LONGEST_QUIET, env=env)
    if clause.key is not None:
        bounds.key(inference, clause.key, env, "The key of `after ... of quiet`")
    if clause.name is None or not check_free(inference, clause.name, env):
        return env
    given = env.names.get(event or "")
    listed = ListOf(given.type) if given else UNKNOWN
    if event is None:
        inference.desk.report(clause_codes.NOTHING_TO_LIST, clause.name.span)
    note_name(inference, clause.name, listed)
    return env.give(clause.name.text, listed, clause.name.span)


def _stop_when(inference: Inference, clause: nodes.StopWhen, env: Env) -> None:
    event = heard_type(inference, clause.heard, env)
    if clause.name is not None:
        check_free(inference, clause.name, env)
        note_name(inference, clause.name, event)
        env = env.give(clause.name.text, event, clause.name.span)
    if clause.test is not None:
        inference.condition(clause.test, env.at("a condition"))


def _only_during(inference: Inference, clause: nodes.OnlyDuring, env: Env) -> None:
    if clause.zone is not None:
        zones.zone(inference, clause.zone, env)
    workspace, name = inference.file.workspace, clause.exception
    if name is None or name.text in workspace.calendars:
        return
    if name.text in workspace.later or workspace.leaky:
        inference.tables.unresolved = True
    else:
        inference.desk.misspelt(clause_codes.UNKNOWN_CALENDAR, name.span, name.text, list(workspace.calendars))
