"""What a rule becomes: steps and their order, defaults, what is loaded, what stands alone."""

from __future__ import annotations

import msgspec
import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.diagnostics import render
from treadle.dsl.facade import compile_files, graph_json
from treadle.dsl.graph import Branch, Call, Fail, Graph, Start, Stop, Wait
from treadle.dsl.typesystem import INT, Named

HEAD = 'use kommo\n\nrule "R"\n  when kommo.lead_created as lead\n'


def graphs(text: str) -> dict[str, Graph]:
    compiled = compile_files({"r.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    assert compiled.program is not None
    assert compiled.program.graphs == compiled.partial
    return {each.name: each for each in compiled.partial}


def rule(*steps: str, head: str = "") -> Graph:
    return graphs(HEAD + head + "  do\n" + "".join(f"    {step}\n" for step in steps))["R"]


def call(graph: Graph, id: str) -> Call:
    node = graph.nodes[id]
    assert isinstance(node, Call)
    return node


def test_steps_follow_each_other_and_branches_meet() -> None:
    graph = rule(
        "if lead.price > 5",
        '  log "big"',
        "else if lead.price > 3",
        "  stop",
        "else",
        '  fail "small"',
        "wait 2 days",
        'kommo.add_tags(lead_id: lead.id, tags: ["x"])',
    )
    assert graph.entry == "if"
    branch = graph.nodes["if"]
    assert isinstance(branch, Branch)
    assert [arm.to for arm in branch.arms] == ["log", "stop"]
    assert (branch.otherwise, branch.next) == ("fail", "wait")
    assert graph.nodes["log"].next == "wait"
    assert isinstance(graph.nodes["stop"], Stop)
    assert isinstance(graph.nodes["fail"], Fail)
    assert graph.nodes["fail"].next is None
    wait = graph.nodes["wait"]
    assert isinstance(wait, Wait)
    assert (wait.duration, wait.next) == (ex.Lit("P2D", "duration"), "add_tags")
    assert graph.nodes["add_tags"].next is None


def test_an_if_without_else_goes_on() -> None:
    graph = rule("if lead.price > 5", '  log "big"', 'log "then"')
    branch = graph.nodes["if"]
    assert isinstance(branch, Branch)
    assert (branch.arms[0].to, branch.otherwise) == ("log", "log_2")
    alone = rule("if lead.price > 5", '  log "big"').nodes["if"]
    assert isinstance(alone, Branch)
    assert alone.otherwise is None


def test_ids_are_labels_actions_names_and_verbs_with_ordinals() -> None:
    graph = rule(
        'kommo.add_tags(lead_id: 1, tags: ["a"])',
        'hello: kommo.add_tags(lead_id: 1, tags: ["b"])',
        'kommo.add_tags(lead_id: 1, tags: ["c"])',
        'wait_2: log "x"',
        "wait 1 day",
        "wait 1 day",
        "size = lead.price * 2",
        'log "{size}"',
    )
    assert list(graph.nodes) == ["add_tags", "hello", "add_tags_2", "wait_2", "wait", "wait_3", "size", "log"]


def test_an_inserted_step_of_another_kind_renames_none() -> None:
    steps = ['kommo.add_note(lead_id: 1, text: "a")', "wait 1 day", 'kommo.add_note(lead_id: 1, text: "b")']
    before = list(rule(*steps).nodes)
    after = list(rule(steps[0], 'log "new"', *steps[1:]).nodes)
    assert [each for each in after if each != "log"] == before


@pytest.mark.parametrize(
    ("modifier", "timeout", "tries", "over"),
    [
        ("", 20.0, 5, 600.0),
        (" timeout 5 s", 5.0, 5, 600.0),
        (" retry 3 times over 1 hour", 20.0, 3, 3600.0),
        (" no retry", 20.0, 1, 600.0),
        (" timeout 1 min no retry", 60.0, 1, 600.0),
    ],
)
def test_modifiers_and_defaults(modifier: str, timeout: float, tries: int, over: float) -> None:
    node = call(rule('kommo.move_lead(lead_id: 1, stage: "New")' + modifier), "move_lead")
    assert (node.timeout, node.tries, node.over) == (timeout, tries, over)
    assert node.effect == "idempotent"


def test_effects_and_connections_come_from_the_catalogue_and_the_use_line() -> None:
    text = (
        'use kommo "main" as m\n\nsequence "S"()\n  do\n    x = m.add_note(lead_id: 1, text: "a")\n'
        '    log "{x.id}"\n    m.send_message(contact_id: 1, text: "b")\n'
    )
    graph = graphs(text)["S"]
    note, message = call(graph, "add_note"), call(graph, "send_message")
    assert (note.plugin, note.connection, note.effect, note.name) == ("kommo", "main", "checkable", "x")
    assert (message.effect, message.name) == ("blind", None)
    assert graph.names["x"] == Named("kommo.Task")
    assert graph.records.keys() == {"kommo.Task", "kommo.Lead"}


def test_a_where_is_kept_apart_term_by_term() -> None:
    head = '  where lead.price > 5 and (lead.source == "Site" and lead.name != "x")\n'
    terms = rule("stop", head=head).where
    assert [each.text for each in terms] == ["lead.price > 5", 'lead.source == "Site"', 'lead.name != "x"']
    assert [each.loads for each in terms] == [False, True, False]
    text = HEAD + head
    assert [text[each.span.start : each.span.end] for each in terms] == [each.text for each in terms]


def test_a_term_that_relies_on_a_loaded_one_loads_too() -> None:
    head = "  where (lead.source is set or lead.source == lead.name) and lead.price > 5\n"
    assert [each.loads for each in rule("stop", head=head).where] == [True, False]
    head = "  where lead.main_contact_id is set and lead.main_contact_id > 5\n"
    assert [each.loads for each in rule("stop", head=head).where] == [True, True]


@pytest.mark.parametrize(
    ("step", "loads"),
    [
        ('log "{lead.name} {lead.tags[0] ?? ""}"', False),
        ('log lead.source ?? "x"', True),
        ('kommo.update_lead(lead_id: lead.id, fields: {"Segment": lead})', True),
        ("wait 1 day * count(filter(lead.tags, t => t == lead.source))", True),
        ('log "{lead.name.trim()} {lead.updated_at.weekday}"', False),
        ('log text(lead.fields["x"])', True),
        ("log text(lead)", True),
    ],
)
def test_steps_say_whether_they_need_what_no_delivery_carries(step: str, loads: bool) -> None:
    assert rule(step).loads is loads


def test_what_an_action_gave_is_not_loaded_again() -> None:
    assert not rule("full = kommo.get_lead(lead_id: lead.id)", 'log full.source ?? "x"').loads


def test_once_per() -> None:
    once = rule("stop", head="  once per lead.id\n").once
    assert once is not None
    assert (once.within, once.loads) == (365 * 86400.0, False)
    once = rule("stop", head='  once per lead.source ?? "x" within 2 days\n').once
    assert once is not None
    assert (once.within, once.loads) == (172800.0, True)


def test_constants_are_values_and_functions_come_along() -> None:
    text = (
        'use kommo\nlet base = 10\nlet limit = base * 2 + 0.5\nlet words = ["a", "b"]\n'
        "function unused(n: number) -> number = n\n"
        "function twice(n: number) -> number = n * 2\nfunction far(n: number) -> bool = twice(n) > limit\n"
        'rule "R"\n  when kommo.lead_created as lead\n  where far(lead.price) and lead.name in words\n  do\n    stop\n'
        'sequence "S"()\n  do\n    log "{unused(1)}"\n'
    )
    graph = graphs(text)["R"]
    assert list(graph.functions) == ["far", "twice"]
    far = graph.functions["far"].body
    assert isinstance(far, ex.Binary)
    assert far.right == ex.Lit("20.5", "number")
    second = graph.where[1].test
    assert isinstance(second, ex.Binary)
    assert second.right == ex.MakeList((ex.Lit("a", "text"), ex.Lit("b", "text")))


def test_names_and_parameters() -> None:
    text = 'sequence "S"(n: int, word: text?)\n  do\n    m = n + 1\n'
    text += '    if m < 5\n      start "S"(n: m, word: word)\n'
    graph = graphs(text)["S"]
    assert graph.params == ("n", "word")
    assert graph.names["m"] == INT
    node = graph.nodes["start"]
    assert isinstance(node, Start)
    assert (node.sequence, list(node.args)) == ("S", ["n", "word"])


def test_steps_behind_a_stop_are_left_out() -> None:
    assert list(rule("stop", 'log "never"').nodes) == ["stop"]


def test_a_graph_survives_json() -> None:
    graph = rule('log "{lead.name}"', "wait 2 days", head="  where lead.price > 2.5\n  once per lead.id\n")
    assert msgspec.json.decode(graph_json(graph), type=Graph) == graph


def test_the_version_does_not_depend_on_the_rest_of_the_file() -> None:
    text = HEAD + '  where lead.price > 5\n  do\n    log "x"\n'
    version = graphs(text)["R"].version()
    assert len(version) == 32
    more = (
        "# a comment\n"
        + text.replace("use kommo\n", "use kommo\n\nlet other = 5\n")
        + '\nsequence "S"()\n  do\n    log "{other}"\n'
    )
    assert graphs(more)["R"].version() == version
    assert graphs(text.replace("> 5", "> 6"))["R"].version() != version


def test_an_argument_called_span_is_content() -> None:
    one, two = rule("log text({span: [1, 2, 3, 4, 5, 6]})"), rule("log text({span: [1, 2, 3, 4, 5, 7]})")
    assert one.version() != two.version()


def test_a_broken_neighbour_does_not_stop_the_others() -> None:
    text = (
        HEAD + '  do\n    log lead.nme\n\nrule "Good"\n  when kommo.lead_created as lead\n  do\n    log lead.name\n\n'
        'let broken = 1 / 0\n\nrule "Uses it"\n  when kommo.lead_created as lead\n  where lead.price > broken\n'
        "  do\n    stop\n"
    )
    compiled = compile_files({"a.rule": text, "b.rule": 'rule "Unreadable"\n  when\n'}, CATALOGUE)
    assert compiled.program is None
    assert [each.name for each in compiled.partial] == ["Good"]
    assert [each.file for each in compiled.diagnostics] == sorted(each.file for each in compiled.diagnostics)


def test_sequences_are_seen_from_other_files() -> None:
    files = {
        "a.rule": HEAD + '  do\n    start "Elsewhere"(n: lead.id)\n',
        "b.rule": 'sequence "Elsewhere"(n: int)\n  do\n    log "{n}"\n',
    }
    assert compile_files(files, CATALOGUE).diagnostics == ()
    assert [each.code for each in compile_files({"a.rule": files["a.rule"]}, CATALOGUE).diagnostics] == ["E209"]


def test_a_parameter_that_start_leaves_out_is_missing() -> None:
    text = 'sequence "S"(n: int, word: text?)\n  do\n    log "{n} {word ?? "none"}"\n'
    text += '\nsequence "T"(n: int)\n  do\n    start "S"(n: n)\n'
    node = graphs(text)["T"].nodes["start"]

    assert isinstance(node, Start)
    assert node.args == {"n": ex.Var("n"), "word": ex.Lit(None, "missing")}
