"""The cases under `cases/clock`: when schedules fire, what is made up for, when windows are open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, cases, sections

from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Graph
from treadle.runtime.schedules import due, following
from treadle.runtime.windows import opens_at


@pytest.mark.parametrize("case", cases("clock"), ids=str)
def test_the_clock_gives_what_it_says(case: Case) -> None:
    first, *rest = sections(case.text)
    compiled = compile_files({"case.rule": first.text}, CATALOGUE)
    assert not compiled.errors, compiled.errors
    (graph,) = compiled.partial
    assert rest
    for each in rest:
        assert _found(graph, each.title, each.text.splitlines()) == each.text.splitlines()


def _found(graph: Graph, title: str, lines: list[str]) -> list[str]:
    match title.split():
        case ["fires", "after", start]:
            return _firings(graph, _moment(start), len(lines))
        case ["made", "up", "for", start, "to", end]:
            return sorted(_shown(each) for one in graph.schedules for each in due(one, _moment(start), _moment(end)))
        case ["window"]:
            return [f"{moment} -> {_opening(graph, moment)}" for moment in (line.split(" -> ")[0] for line in lines)]
        case _:
            raise AssertionError(f"what is {title!r}?")


def _firings(graph: Graph, moment: datetime, count: int) -> list[str]:
    found = []
    for _ in range(count):
        moment = min(each for one in graph.schedules if (each := following(one, moment)) is not None)
        found.append(_shown(moment))
    return found


def _opening(graph: Graph, moment: str) -> str:
    assert graph.during is not None
    calendar = graph.calendars.get(graph.during.calendar or "")
    zone = graph.during.zone
    opens = opens_at(graph.during, str(zone.value) if zone else graph.zone, calendar, _moment(moment))  # type: ignore[union-attr]
    return "open" if opens is None else _shown(opens)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
