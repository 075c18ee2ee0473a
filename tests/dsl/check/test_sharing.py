"""Names that files share: seen everywhere, computed once, clashing by place, in circles across files."""

from __future__ import annotations

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.facade import Compiled, compile_files
from treadle.dsl.graph import Graph, Log

USES = 'rule "R"\n  when kommo.lead_created as lead\n  do\n'
DURING = USES.replace("  do\n", "  only during mon-fri 09:00-18:00 except days\n  do\n")


def compiled(**files: str) -> Compiled:
    return compile_files({f"{name}.rule": text for name, text in files.items()}, CATALOGUE)


def found(result: Compiled) -> list[tuple[str, int, str]]:
    return [(each.file, each.span.line, each.code) for each in result.diagnostics]


def logged(graph: Graph) -> str:
    step = next(each for each in graph.nodes.values() if isinstance(each, Log))
    return str(evaluate(step.text, Scope({"lead": {"id": 7, "name": "Ana"}}), graph.functions))


def test_every_kind_of_name_is_seen_from_other_files() -> None:
    result = compiled(
        b_rules=USES + '    log "{hot} {size(hot)} {lead.name.double()}"\n',
        a_library="shared use kommo\nlet base = 35\nshared let hot = base * 2\n"
        'function again(x: text) -> text = "{x}{x}"\n'
        'shared function double(x: text) -> text = again(x) + again("")\n'
        'shared table size(n: int) -> text\n  | n | -> |\n  | >= base | again("big") |\n  | _ | "small" |\n',
    )
    assert found(result) == []
    (graph,) = result.partial
    assert logged(graph) == "70 bigbig AnaAna"


def test_private_functions_behind_shared_ones_do_not_meet_those_of_the_file() -> None:
    result = compiled(
        a='shared function far() -> text = near()\nfunction near() -> text = "a"\n',
        b='use kommo\nfunction near() -> text = "b"\n' + USES + '    log far() + near() + "{lead.id}"\n',
    )
    assert found(result) == []
    assert logged(result.partial[0]) == "ab7"


def test_a_clash_is_reported_where_the_name_is_not_shared() -> None:
    result = compiled(
        a="let hot = 1\nlet x = hot\n",
        b="shared let hot = 70\n",
        c="shared let hot = 80\n",
        d="use kommo\n" + USES + "    hot = lead.id\n    log text(hot)\n",
    )
    errors = [each for each in result.errors if each.code == "E203"]
    assert [(each.file, each.notes) for each in errors] == [
        ("a.rule", ("it is shared by b.rule:1",)),
        ("c.rule", ("it is shared by b.rule:1",)),
        ("d.rule", ("it is shared by b.rule:1",)),
    ]
    assert len(result.errors) == 3


def test_what_is_broken_in_a_shared_name_is_reported_once() -> None:
    users = USES + '    log "{hot + 1} {cold} {odd(1)} {lead.id}"\n'
    result = compiled(
        a='shared let hot = 1 + "a"\nshared let cold = \nshared table odd(n: int) -> int\n  | n | -> |\n  | 1 | 2 |\n',
        b="use kommo\n" + users,
        c="use kommo\n" + users.replace('"R"', '"S"'),
    )
    assert [each for each in found(result) if each[2].startswith("E")] == [
        ("a.rule", 1, "E303"),
        ("a.rule", 2, "E101"),
        ("a.rule", 3, "E703"),
    ]
    assert result.partial == ()


def test_a_shared_name_that_cannot_be_read_may_be_any() -> None:
    result = compiled(a="shared let = 5\n", b="use kommo\n" + USES + '    log "{hot} {lead.id}"\n')
    assert [each for each in found(result) if each[2].startswith("E")] == [("a.rule", 1, "E102")]
    assert result.partial == ()


def test_a_circle_across_files_is_reported_once() -> None:
    result = compiled(
        a="shared function f(x: int) -> int = g(x)\n",
        b="shared function g(x: int) -> int = h(x)\nfunction h(x: int) -> int = f(x)\n",
        c="shared let p = q\n",
        d="shared let q = p\n",
    )
    assert [(each.file, each.code, each.message) for each in result.errors] == [
        ("a.rule", "E216", "`f` needs itself: `f` -> `g` (b.rule) -> `h` (b.rule) -> `f`"),
        ("c.rule", "E216", "`p` needs itself: `p` -> `q` (d.rule) -> `p`"),
    ]


def test_constants_are_computed_in_the_order_of_need_whatever_the_order_of_files() -> None:
    result = compiled(
        a="use kommo\n" + USES + '    log "{third} {lead.id}"\n',
        b="shared let third = second + 1\n",
        c="shared let second = first * 10\n",
        d="shared let first = 4\n",
    )
    assert found(result) == []
    assert logged(result.partial[0]) == "41 7"
    failing = compiled(a="shared let second = 1 / first\n", b="shared let first = 0\nlet third = second\n")
    assert [each for each in found(failing) if each[2].startswith("E")] == [("a.rule", 1, "E319")]


def test_a_shared_name_is_unused_when_no_file_uses_it() -> None:
    assert found(compiled(a="shared let hot = 1\n", b="let x = hot\n")) == [("b.rule", 1, "W201")]
    assert found(compiled(a="shared let hot = 1\n")) == [("a.rule", 1, "W201")]
    unsure = compiled(a="shared let hot = 1\nlet cold = 2\n", b="let x = \n")
    assert found(unsure) == [("a.rule", 2, "W201"), ("b.rule", 1, "E101")]


def test_events_agents_and_calendars_are_seen_from_every_file() -> None:
    result = compiled(
        a='use kommo\nevent ready\n  id: int\nagent judge\n  model llm "openai/gpt-4o-mini"\n  instructions tone\n'
        'use openrouter as llm\nlet tone = "Be brief."\ncalendar days\n  every 1 May\n'
        'limit "calm" at most 2 messages per 1 day per contact else wait\n',
        b="use kommo\n" + DURING + '    emit ready {id: lead.id}\n    verdict = ask judge "x"\n    log verdict\n',
    )
    assert [each[2] for each in found(result)] == ["W201"]
    (graph,) = result.partial
    assert graph.calendars["days"].yearly == ((5, 1),)
    assert graph.agents["judge"].instructions == ex.Lit("Be brief.", "text")
    assert result.program is not None
    assert [each.name for each in result.program.limits] == ["calm"]
    assert [each.name for each in result.program.events["ready"].fields] == ["id"]


def test_a_rule_that_names_what_is_broken_is_not_lowered() -> None:
    result = compiled(
        a="event ready\n  id: nothing\nagent judge\n  turns 5\ncalendar days\n  every 31 April\n",
        b="use kommo\n" + USES + "    emit ready {id: lead.id}\n",
        c="use kommo\n" + USES.replace('"R"', '"S"') + '    x = ask judge "{lead.id}"\n    log x\n',
        d="use kommo\n"
        + USES.replace('"R"', '"T"').replace("  do\n", "  only during mon-fri 09:00-18:00 except days\n  do\n")
        + "    stop\n",
    )
    assert [each.file for each in result.errors] == ["a.rule"] * 3
    assert result.partial == ()
