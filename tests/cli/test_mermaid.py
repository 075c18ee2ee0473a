"""A graph as a flowchart."""

from treadle.cli.mermaid import mermaid
from treadle.dsl.expressions import Lit
from treadle.dsl.graph import Arm, Branch, Graph, Log, Stop
from treadle.dsl.spans import NOWHERE, Span

TEXT = 'if lead.name == "<b>"\n  log "hi"\nstop\n'


def span(start: int, end: int) -> Span:
    return Span(start, end, 1, 1, 1, 1)


def test_branches_steps_and_the_end_are_drawn() -> None:
    yes = Lit(value=True, type="bool")
    nodes = {
        "a": Branch(id="a", span=span(0, 33), next="c", arms=(Arm(yes, "b"),)),
        "b": Log(id="b", span=span(24, 32), next="c", text=yes),
        "c": Stop(id="c", span=span(33, 37)),
    }
    graph = Graph(kind="rule", name="R", file="f.rule", span=NOWHERE, entry="a", nodes=nodes)
    assert mermaid(graph, TEXT).splitlines() == [
        "flowchart TD",
        '  Begin(["rule R"])',
        "  Begin --> s1",
        '  s1{"if lead.name == &quot;&lt;b&gt;&quot;"}',
        '  s2["log &quot;hi&quot;"]',
        '  s3["stop"]',
        "  End((end))",
        "  s1 -->|yes| s2",
        "  s1 -->|else| s3",
        "  s2 --> s3",
        "  s3 --> End",
    ]
