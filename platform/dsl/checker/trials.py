"""`test` blocks, line by line: the clock and what is given. Mocks and expectations are in `outcomes`."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes, trial_codes, type_codes
from treadle.dsl.checker import bounds, zones
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.hearing import WEBHOOK, heard_type
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.outcomes import check_expect, check_mock
from treadle.dsl.checker.partials import check_partial
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.name_codes import UNKNOWN_ARGUMENT
from treadle.dsl.spelling import suggest
from treadle.dsl.typesystem import Field, Optional, Record

LONGEST = 3650 * bounds.DAY
VALUE = Env(place="a test", constant="A value of a test")


def check_trial(inference: Inference, decl: nodes.TestDecl) -> bool:
    """Check a test; whether all of it could be read."""
    for line in decl.lines:
        match line:
            case nodes.TestAt(zone=nodes.Node() as zone):
                zones.constant_zone(inference, zone)
            case nodes.TestAfter(duration=duration):
                bounds.constant_duration(inference, duration, "`after`", LONGEST)
            case nodes.TestGiven():
                _given(inference, line)
            case nodes.TestMock():
                check_mock(inference, line, VALUE)
            case nodes.TestExpect():
                check_expect(inference, line, VALUE)
    return not any(isinstance(line, nodes.BrokenLine) for line in decl.lines)


def _given(inference: Inference, line: nodes.TestGiven) -> None:
    if line.heard is not None and not _in_brackets(inference, line, line.heard):
        payload = heard_type(inference, line.heard, VALUE)
        if line.data is not None:
            check_partial(inference, line.data, VALUE, payload, f"`{line.heard.trigger.text}`")
    elif line.webhook is not None:
        _webhook(inference, line, line.webhook)
    elif line.by_hand is not None:
        _by_hand(inference, line, line.by_hand)


def _in_brackets(inference: Inference, line: nodes.TestGiven, heard: nodes.Heard) -> bool:
    """Whether fields of the event stand in brackets, as if they were arguments of its trigger; then it is reported."""
    used = inference.file.uses.get(heard.alias.text) if heard.alias is not None and line.data is None else None
    spec = used.spec.triggers.get(heard.trigger.text) if used is not None and used.spec is not None else None
    record = inference.fit.record(spec.payload) if spec is not None else None
    if heard.alias is None or spec is None or record is None:
        return False
    fields, params = {each.name for each in record.fields}, {each.name for each in spec.params}
    wrong = next((arg.name for arg in heard.args if arg.name and arg.name.text in fields - params), None)
    if wrong is None:
        return False
    inference.used.add(heard.alias.text)
    start, end, text = heard.trigger.span.end, heard.span.end, inference.file.module.text
    inside = text[start:end].strip()[1:-1]
    fixes = (Fix("write braces", (TextEdit(start, end, f" {{{inside}}}"),)),)
    notes = (f"the fields of an event stand in braces: `{{{wrong.text}: ...}}`",)
    callee = text[heard.span.start : start]
    inference.desk.report(UNKNOWN_ARGUMENT, wrong.span, notes=notes, fixes=fixes, name=wrong.text, callee=callee)
    return True


def _webhook(inference: Inference, line: nodes.TestGiven, path: nodes.Constant) -> None:
    known = [str(clause.path.value) for _, clause in _clauses(inference) if isinstance(clause, nodes.WhenWebhook)]
    if path.value not in known:
        _unknown(inference, trial_codes.NO_WEBHOOK, path, known)
    if line.data is not None:
        check_partial(inference, line.data, VALUE, WEBHOOK, "`webhook`")


def _by_hand(inference: Inference, line: nodes.TestGiven, rule: nodes.Constant) -> None:
    workspace, name = inference.file.workspace, str(rule.value)
    buttons = {title: clause for title, clause in _clauses(inference) if isinstance(clause, nodes.WhenByHand)}
    if name not in buttons:
        _unknown(inference, trial_codes.NOT_BY_HAND, rule, list(buttons))
        if line.data is not None:
            inference.infer(line.data, VALUE)
        return
    params = button_params(workspace.rules[name][0], buttons[name])
    if line.data is not None:
        inference.expect(line.data, VALUE, params, f'"{name}"')
        return
    for field in params.fields:
        if not isinstance(field.type, Optional):
            inference.desk.report(type_codes.MISSING_ARGUMENT, rule.span, callee=name, name=field.name)


def button_params(file: FileScope, clause: nodes.WhenByHand) -> Record:
    """What a rule that is started by hand is given; types that are none are reported where they stand."""
    silent, used = Desk(file.module.file), set[str]()
    return Record(tuple(Field(each.name.text, resolve(each.type, file, silent, used)) for each in clause.params))


def _unread(inference: Inference) -> bool:
    """Whether there is a rule or a `when` that could not be read and may be the one that is meant."""
    workspace = inference.file.workspace
    broken = (isinstance(each, nodes.BrokenClause) and each.keyword == "when" for _, each in _clauses(inference))
    return workspace.leaky or bool(workspace.later) or any(broken)


def _clauses(inference: Inference) -> Iterator[tuple[str, nodes.Clause]]:
    for name, (_, decl) in inference.file.workspace.rules.items():
        for clause in decl.clauses:
            yield name, clause


def _unknown(inference: Inference, code: Code, node: nodes.Constant, known: list[str]) -> None:
    if _unread(inference):
        inference.tables.unresolved = True
        return
    near = suggest(str(node.value), known)
    notes = (f'did you mean "{near}"?',) if near else ()
    fixes = (Fix(f'write "{near}"', (TextEdit(node.span.start, node.span.end, f'"{near}"'),)),) if near else ()
    inference.desk.report(code, node.span, notes=notes, fixes=fixes, name=node.value)
