"""Pictures of a graph that has every kind of step: nothing is left out, nothing stands on anything else."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

from treadle.dsl import expressions as ex
from treadle.dsl import graph as g
from treadle.dsl.drawing import mermaid, svg
from treadle.dsl.drawing.boxes import Card, item
from treadle.dsl.drawing.outline import Item, outline
from treadle.dsl.drawing.written import written
from treadle.dsl.spans import NOWHERE

_TEXT = ex.Lit('<"quoted"> & {more}', "text")
_DAY = ex.Lit("P1D", "duration")
_LEAD = g.Hear("kommo", "lead_created", "lead", NOWHERE)


def _graph() -> g.Graph:
    call = {"plugin": "kommo", "args": {"text": _TEXT}, "effect": "blind", "span": NOWHERE}
    nodes: list[g.Node] = [
        g.Call(id="note", action="add_note", next="for", name="note", **call),  # type: ignore[arg-type]
        g.ForEach(id="for", span=NOWHERE, next="together", name="each", items=ex.Var("note"), body="log"),
        g.Log(id="log", span=NOWHERE, text=_TEXT),
        g.Together(id="together", span=NOWHERE, next="try", branches=("one", "two")),
        g.Assign(id="one", span=NOWHERE, name="one", value=ex.Negate(ex.Var("note"))),
        g.Start(id="two", span=NOWHERE, sequence="Seq", args={}),
        g.Try(id="try", span=NOWHERE, next="if", body="run", handler="cancel", name="error"),
        g.Run(id="run", span=NOWHERE, sequence="Seq", args={}, name="result"),
        g.Cancel(id="cancel", span=NOWHERE, sequence="Seq", key=ex.Var("note")),
        g.Branch(
            id="if",
            span=NOWHERE,
            next="heard",
            arms=(g.Arm(ex.Var("note"), "stop", "note"), g.Arm(ex.Var("one"), "ask", "one")),
        ),
        g.Stop(id="stop", span=NOWHERE),
        g.Ask(id="ask", span=NOWHERE, next="heard", agent="judge", text=_TEXT),
        g.WaitFor(id="heard", span=NOWHERE, next="ok", hear=_LEAD, up_to=_DAY, on_timeout="fail"),
        g.Fail(id="fail", span=NOWHERE, text=_TEXT),
        g.Approve(
            id="ok", span=NOWHERE, next="emit", question=_TEXT, by=_TEXT, up_to=_DAY, name="ok", on_timeout="wait"
        ),
        g.Wait(id="wait", span=NOWHERE, duration=_DAY),
        g.Emit(id="emit", span=NOWHERE, next="until", event="ready", data={"a": ex.Lit(1, "int")}),
        g.WaitUntil(id="until", span=NOWHERE, next="return", moment=ex.Var("now")),
        g.Return(id="return", span=NOWHERE, value=ex.MakeList((ex.Lit(True, "bool"),))),
    ]
    return g.Graph(
        kind="rule",
        name="All <steps>",
        file="x",
        span=NOWHERE,
        hears=(_LEAD,),
        entry="note",
        nodes={n.id: n for n in nodes},
    )


def _steps(items: tuple[Item, ...]) -> list[str]:
    return [name for each in items for name in (each.node.id, *(s for way in each.ways for s in _steps(way.items)))]


def test_the_outline_holds_every_step_once() -> None:
    graph = _graph()
    found = _steps(outline(graph))
    assert sorted(found) == sorted(graph.nodes)


def test_the_svg_is_well_formed_and_shows_every_step_once() -> None:
    graph = _graph()
    root = ElementTree.fromstring(svg([graph]))
    shown = [each.get("data-step") for each in root.iter() if each.get("data-step")]
    assert sorted(filter(None, shown)) == sorted(graph.nodes)
    assert "All <steps>" in "".join(root.itertext())


def test_several_graphs_make_one_picture() -> None:
    root = ElementTree.fromstring(svg([_graph(), _graph()]))
    assert len([each for each in root.iter() if each.get("data-step") == "note"]) == 2


def test_no_card_stands_on_another() -> None:
    for each in outline(_graph()):
        cards = [part for part in item(each).place(0, 0) if isinstance(part, Card)]
        for one, other in combinations(cards, 2):
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            under = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert beside or under, (one.step, other.step)


def test_mermaid_names_what_it_links_and_escapes_what_it_shows() -> None:
    chart = mermaid(_graph())
    declared = set(re.findall(r"^ *(\w+)[\[({]", chart, re.MULTILINE))
    for before, after in re.findall(r"^ *(\w+) -->(?:\|[^|]*\|)? (\w+)$", chart, re.MULTILINE):
        assert {before, after} <= declared
    assert "<steps>" not in chart
    assert chart.count("add_note") == 1


def test_expressions_are_written_as_the_language_writes_them() -> None:
    price, name = ex.Get(ex.Var("lead"), "price"), ex.Get(ex.Var("lead"), "name")
    total = ex.Binary("*", ex.Binary("+", price, ex.Lit(1, "int")), ex.Lit("0.5", "number"))
    assert written(total) == "(lead.price + 1) * 0.5"
    assert written(ex.Join((ex.Lit("Hi ", "text"), name))) == '"Hi {lead.name}"'
    assert written(ex.And((ex.IsSet(name), ex.Not(ex.Or((price, total)))))) == (
        "lead.name is set and not (lead.price or (lead.price + 1) * 0.5)"
    )
    assert written(ex.Apply("trim", (name,))) == "trim(lead.name)"
    assert written(_DAY) == "1 day"
