"""What the API says about a run that went over to another version of its rule on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from treadle.api.views import run_detail
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Graph
from treadle.runtime.costs import NONE
from treadle.runtime.ids import new_id
from treadle.runtime.ports import RunRow, StoredStep
from treadle.runtime.services.runs import RunFound

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def graph(above: str) -> Graph:
    text = f'{above}rule "R"\n  when every day at 9:00\n  do\n    log "a"\n    log "b"\n'
    (found,) = compile_files({"r.rule": text}, Catalogue(plugins={})).partial
    return found


def found(row: RunRow, steps: list[StoredStep], old: Graph | None, new: Graph) -> RunFound:
    graphs = [(BEGIN, old), (BEGIN + timedelta(hours=2), new)]
    return RunFound(
        row=row,
        steps=steps,
        graphs=graphs,
        doubts=[],
        resolutions=[],
        origin=None,
        retries=[],
        approvals=[],
        state=None,
    )


def test_a_step_stands_where_it_stood_when_it_began() -> None:
    old, new = graph(""), graph("\n\n\n")
    node = next(each for each in old.nodes if each in new.nodes and old.nodes[each].span != new.nodes[each].span)
    row = RunRow(id=new_id(), rule="R", kind="rule", graph="g2", status="running", created_at=BEGIN)
    times = [BEGIN + timedelta(hours=number) for number in (1, 3)]
    steps = [
        StoredStep(id=new_id(), run_id=row.id, seq=seq, node=node, what="log", state="done", started_at=at, ended_at=at)
        for seq, at in enumerate(times, 1)
    ]
    told = run_detail(found(row, steps, old, new), NONE)
    lines = [each.source.line for each in told.steps if each.source is not None]
    assert lines == [old.nodes[node].span.line, old.nodes[node].span.line + 3]
    assert [each.waited for each in told.steps] == [3600.0, 7200.0]
    assert told.source is not None
    assert told.source.line == new.span.line
    missing = run_detail(found(row, steps, None, new), NONE)
    assert [each.source is None for each in missing.steps] == [True, False]
