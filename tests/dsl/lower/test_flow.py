"""What branches, blocks, waits, sequences and agents become."""

from __future__ import annotations

from typing import TypeVar

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.diagnostics import render
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import (
    Approve,
    Ask,
    Branch,
    Cancel,
    Emit,
    ForEach,
    Graph,
    GraphNode,
    Return,
    Run,
    Together,
    Try,
    WaitFor,
    WaitUntil,
)
from treadle.dsl.typesystem import BOOL, INT, NUMBER, TEXT, Field, Named, Optional, Record

TOP = (
    "use kommo\nuse openrouter as llm\n\nevent order_ready\n  order_id: int\n  note: text?\n\n"
    'agent judge\n  model llm "openai/gpt-4o-mini"\n  instructions "Be brief."\n  returns {score: int}\n'
    "  memory per lead.id last 5 turns\n  budget 1 usd per run, 2 usd per lead.name\n\n"
    'sequence "Price"(n: int, word: text?)\n  one at a time per n else queue\n  do\n    if n > 5\n      return n\n'
    '    log "{word ?? ""}"\n\n'
)
N = TypeVar("N", bound=GraphNode)


def rule(*steps: str) -> Graph:
    body = "".join(f"    {step}\n" for step in steps)
    text = f'{TOP}rule "R"\n  when kommo.lead_created as lead\n  do\n{body}'
    compiled = compile_files({"r.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    return next(each for each in compiled.partial if each.name == "R")


def node(graph: Graph, id: str, kind: type[N]) -> N:
    found = graph.nodes[id]
    assert isinstance(found, kind)
    return found


LEAD = ex.Var("lead")


def test_match() -> None:
    graph = rule(
        "match lead.source",
        '  case "Site", "Mail"',
        '    log "a"',
        "  case lead.name",
        "    stop",
        "  else",
        '    log "b"',
        'log "c"',
    )
    branch = node(graph, "match", Branch)
    source = ex.Get(LEAD, "source")
    site, mail = (ex.Binary("==", source, ex.Lit(name, "text")) for name in ("Site", "Mail"))
    assert [arm.test for arm in branch.arms] == [ex.Or((site, mail)), ex.Binary("==", source, ex.Get(LEAD, "name"))]
    assert [arm.text for arm in branch.arms] == ['"Site", "Mail"', "lead.name"]
    assert [arm.to for arm in branch.arms] == ["log", "stop"]
    assert (branch.otherwise, branch.next, branch.subject) == ("log_2", "log_3", "lead.source")
    alone = node(rule("match lead.price", "  case 5", "    stop", 'log "x"'), "match", Branch)
    assert (alone.otherwise, alone.next) == ("log", "log")


def test_an_if_says_its_tests() -> None:
    branch = node(rule("if (lead.price  > 5)", "  stop"), "if", Branch)
    assert ([arm.text for arm in branch.arms], branch.subject) == (["lead.price > 5"], None)


def test_blocks_end_by_themselves() -> None:
    graph = rule(
        "for each tag in lead.tags up to 3 at once",
        "  if lead.price > 5",
        "    log tag",
        "together",
        '  log "a"',
        "  wait 1 day",
        "try",
        '  log "b"',
        "on error as e",
        "  log e.message",
        'log "end"',
    )
    loop, split, attempt = (
        node(graph, "for_each", ForEach),
        node(graph, "together", Together),
        node(graph, "try", Try),
    )
    assert (loop.name, loop.items, loop.body, loop.at_once) == ("tag", ex.Get(LEAD, "tags"), "if", 3)
    assert (loop.next, graph.nodes["if"].next, graph.nodes["log"].next) == ("together", None, None)
    assert (split.branches, split.next) == (("log_2", "wait"), "try")
    assert (graph.nodes["log_2"].next, graph.nodes["wait"].next) == (None, None)
    assert (attempt.body, attempt.handler, attempt.name, attempt.next) == ("log_3", "log_4", "e", "log_5")
    assert (graph.nodes["log_3"].next, graph.nodes["log_4"].next) == (None, None)
    error = graph.names["e"]
    assert isinstance(error, Record)
    assert [(each.name, each.type) for each in error.fields] == [
        ("code", TEXT),
        ("message", TEXT),
        ("step", TEXT),
        ("unknown", BOOL),
    ]


def test_waits() -> None:
    graph = rule(
        "until: wait until lead.updated_at + 1 day",
        "wait for kommo.message_received as m where m.contact_id == lead.id and m.text != lead.name up to 3 days",
        "on timeout",
        '  log "late"',
        'log m?.text ?? "none"',
        'ok = approve "Go, {lead.name}?" by "manager" up to 2 days',
        "on timeout",
        "  stop",
        "if ok",
        '  log "yes"',
    )
    until, wait, ask = (
        node(graph, "until", WaitUntil),
        node(graph, "wait_for", WaitFor),
        node(graph, "approve", Approve),
    )
    assert (until.labelled, wait.labelled, until.next) == (True, False, "wait_for")
    assert until.moment == ex.Binary("+", ex.Get(LEAD, "updated_at"), ex.Lit("P1D", "duration"))
    assert (wait.hear.full, wait.hear.name) == ("kommo.message_received", "m")
    assert wait.key == ("contact_id", ex.Get(LEAD, "id"))
    assert [each.text for each in wait.where] == ["m.contact_id == lead.id", "m.text != lead.name"]
    assert (wait.up_to, wait.on_timeout, wait.next) == (ex.Lit("P3D", "duration"), "log", "log_2")
    assert graph.nodes["log"].next is None
    assert graph.names["m"] == Optional(Named("kommo.Message"))
    assert graph.names["ok"] == BOOL
    assert (ask.by, ask.up_to, ask.on_timeout) == (ex.Lit("manager", "text"), ex.Lit("P2D", "duration"), "stop")
    assert (ask.name, ask.next) == ("ok", "if")


def test_a_waited_event_is_loaded_when_a_later_step_needs_it() -> None:
    wait = "wait for kommo.lead_updated as u where u.id == lead.id up to 1 day"
    late = ("on timeout", "  stop")
    assert node(rule(wait, *late, 'log u.source ?? ""'), "wait_for", WaitFor).loads
    assert not node(rule(wait, *late, "log u.name"), "wait_for", WaitFor).loads
    assert not rule(wait, *late, 'log u.source ?? ""').loads


def test_sequences() -> None:
    graph = rule('a = run "Price"(n: lead.id)', 'log "{a ?? 0}"', 'cancel "Price" for lead.id', 'run "Price"(n: 1)')
    run, cancel = node(graph, "run", Run), node(graph, "cancel", Cancel)
    assert (run.sequence, run.name) == ("Price", "a")
    assert run.args == {"n": ex.Get(LEAD, "id"), "word": ex.Lit(None, "missing")}
    assert node(graph, "run_2", Run).name is None
    assert graph.names["a"] == Optional(INT)
    assert (cancel.sequence, cancel.key) == ("Price", ex.Get(LEAD, "id"))


def test_a_return_ends_the_run() -> None:
    text = 'sequence "S"(n: int)\n  do\n    return n / 2\n    log "never"\n'
    (graph,) = compile_files({"r.rule": text}, CATALOGUE).partial
    assert list(graph.nodes) == ["return"]
    end = node(graph, "return", Return)
    assert (end.next, end.value) == (None, ex.Binary("/", ex.Var("n"), ex.Lit(2, "int")))


def test_what_runs_give() -> None:
    text = (
        'sequence "A"(n: int)\n  do\n    x = run "B"(n: n)\n    log "{x + 0.5}"\n'
        'sequence "B"(n: int)\n  do\n    if n > 5\n      return n\n    else\n      return 1.5\n'
    )
    graphs = compile_files({"r.rule": text}, CATALOGUE).partial
    assert next(each for each in graphs if each.name == "A").names["x"] == NUMBER


def test_agents() -> None:
    graph = rule(
        'verdict = ask judge "Is {lead.name} good?"',
        'log "{verdict.score}"',
        'words = ask judge "Why?" returns text timeout 2 min',
        "log words",
    )
    first, second = node(graph, "ask", Ask), node(graph, "ask_2", Ask)
    answer = Record((Field("score", INT),))
    assert (first.agent, first.name, first.returns, first.timeout) == ("judge", "verdict", answer, 60.0)
    assert (first.memory, first.budget) == (ex.Get(LEAD, "id"), (None, ex.Get(LEAD, "name")))
    assert (second.returns, second.timeout) == (None, 120.0)
    assert (graph.names["verdict"], graph.names["words"]) == (answer, TEXT)
    assert [part.period for part in graph.agents["judge"].budget] == ["run", None]


def test_events_are_sent_whole() -> None:
    emit = node(rule("emit order_ready {order_id: lead.id}"), "emit", Emit)
    assert (emit.event, emit.data) == ("order_ready", {"order_id": ex.Get(LEAD, "id"), "note": ex.Lit(None, "missing")})


def test_what_an_agent_remembers_by_is_loaded() -> None:
    ask = 'ask judge "Why?"'
    by_source = TOP.replace("memory per lead.id", 'memory per lead.source ?? ""')
    text = '{}rule "R"\n  when kommo.lead_created as lead\n  do\n    {}\n'
    loads = [
        next(each for each in compile_files({"r.rule": text.format(top, ask)}, CATALOGUE).partial if each.name == "R")
        for top in (TOP, by_source)
    ]
    assert [each.loads for each in loads] == [False, True]
