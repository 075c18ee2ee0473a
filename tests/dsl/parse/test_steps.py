"""Which node each step becomes, with its parts and the lines under it."""

from typing import Any

from treadle.dsl.nodes import (
    ApproveStep,
    AskStep,
    AssignStep,
    BinaryExpr,
    BrokenStep,
    CancelStep,
    Constant,
    EmitStep,
    ForEachStep,
    MatchStep,
    ReturnStep,
    RuleDecl,
    RunStep,
    StopStep,
    TextStep,
    TogetherStep,
    TryStep,
    WaitForStep,
    WaitUntilStep,
)
from treadle.dsl.parser import parse


def step_of(*lines: str, faults: int = 0) -> Any:
    text = "".join(f"    {line}\n" for line in lines)
    parsed = parse(f'rule "R"\n  when a.b as c\n  do\n{text}')
    assert len(parsed.diagnostics) == faults
    (rule,) = parsed.module.decls
    assert isinstance(rule, RuleDecl)
    (step,) = rule.body
    return step


def kinds(steps: tuple[Any, ...] | None) -> list[type]:
    return [type(step) for step in steps or ()]


def test_match() -> None:
    step = step_of("way: match c.d", '  case "a", b', "    stop", "  case 1", '    log "x"', "  else", "    stop")
    assert isinstance(step, MatchStep)
    assert [len(case.values) for case in step.cases] == [2, 1]
    assert [kinds(case.body) for case in step.cases] == [[StopStep], [TextStep]]
    assert kinds(step.otherwise) == [StopStep]
    assert step.label is not None
    assert step_of("match c.d", '  case "a"', "    stop").otherwise is None


def test_loops() -> None:
    bounded, plain = step_of("for each x in c.d up to 3 at once", "  stop"), step_of("for each x in c.d", "  stop")
    assert isinstance(bounded, ForEachStep)
    assert bounded.at_once is not None
    assert (bounded.name.text, bounded.at_once.value, kinds(bounded.body)) == ("x", 3, [StopStep])
    assert plain.at_once is None


def test_together() -> None:
    step = step_of("together", "  first: stop", '  log "a"')
    assert isinstance(step, TogetherStep)
    assert kinds(step.body) == [StopStep, TextStep]


def test_waits() -> None:
    until = step_of("wait until c.at + 1 day")
    full = step_of("heard: wait for k.x(a: 1) as m where m.a up to 3 days", "on timeout", "  stop")
    bare = step_of("wait for order_ready")
    assert isinstance(until, WaitUntilStep)
    assert isinstance(full, WaitForStep)
    assert full.name is not None
    assert full.test is not None
    assert full.up_to is not None
    assert kinds(full.on_timeout) == [StopStep]
    assert (full.span.line, full.span.end_line) == (4, 6)
    assert isinstance(bare, WaitForStep)
    assert (bare.heard.alias, bare.name, bare.test, bare.up_to, bare.on_timeout) == (None,) * 5


def test_approvals() -> None:
    full = step_of('ok = approve "Go {c.d}?" by c.boss up to 2 days', "on timeout", "  stop")
    assert isinstance(full, ApproveStep)
    assert full.name is not None
    assert kinds(full.on_timeout) == [StopStep]
    bare = step_of('approve "Go?" by "x"')
    assert (bare.name, bare.up_to, bare.on_timeout) == (None, None, None)


def test_errors() -> None:
    named, unnamed = (
        step_of("try", "  stop", "on error as e", '  log "a"'),
        step_of("try", "  stop", "on error", "  stop"),
    )
    assert isinstance(named, TryStep)
    assert named.error is not None
    assert (named.error.text, kinds(named.body), kinds(named.handler)) == ("e", [StopStep], [TextStep])
    assert (unnamed.error, kinds(unnamed.handler)) == (None, [StopStep])
    assert step_of("try", "  stop").handler is None
    assert kinds(step_of("try", "  stop", "on error e", "  stop", faults=1).handler) == [BrokenStep]


def test_sequences() -> None:
    run, cancel = step_of('x = run "S"(a: 1)'), step_of('cancel "S" for c.d')
    assert isinstance(run, RunStep)
    assert run.name is not None
    assert (run.sequence.value, len(run.args), run.name.text) == ("S", 1, "x")
    assert step_of('run "S"').name is None
    assert isinstance(cancel, CancelStep)
    assert cancel.sequence.value == "S"


def test_agents_in_either_order_of_the_ends() -> None:
    first = step_of('v = ask judge "a" returns {score: int} timeout 1 min')
    second = step_of('ask judge "a" timeout 1 min returns text')
    for step in (first, second):
        assert isinstance(step, AskStep)
        assert step.agent.text == "judge"
        assert step.returns is not None
        assert step.timeout is not None
    assert (first.name.text, second.name) == ("v", None)
    assert (step_of('ask judge "a"').returns, step_of('ask judge "a"').timeout) == (None, None)


def test_events_and_results() -> None:
    emit, given = step_of("emit ready {a: 1, b: c.d}"), step_of("return {a: 1}")
    assert isinstance(emit, EmitStep)
    assert emit.data is not None
    assert [entry.key.text for entry in emit.data.entries] == ["a", "b"]
    assert step_of("emit ready").data is None
    assert isinstance(given, ReturnStep)


def test_business_days() -> None:
    step = step_of("due = c.at + 2 business days")
    assert isinstance(step, AssignStep)
    assert isinstance(step.value, BinaryExpr)
    assert isinstance(step.value.right, Constant)
    assert (step.value.right.kind, step.value.right.value) == ("business_days", 2)
    assert isinstance(step_of("wait 99999 business days", faults=1).duration, Constant)


def test_a_broken_line_keeps_what_stands_under_it_and_behind_it() -> None:
    loop = step_of("for each x of c.d", "  stop", faults=1)
    wait = step_of("wait for a. as m", "on timeout", "  stop", faults=1)
    cases = step_of("match", "  case 1", "    stop", "  else", '    log "a"', faults=1)
    assert [type(each) for each in (loop, wait, cases)] == [BrokenStep] * 3
    assert [kinds(each.body) for each in (loop, wait, cases)] == [[StopStep], [StopStep], [StopStep, TextStep]]
    assert loop.name.text == "x"
    assert wait.name.text == "m"
    assert wait.span.end_line == 6
