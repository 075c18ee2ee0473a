"""A play with its history at hand: what the laws look things up in."""

from __future__ import annotations

from functools import cached_property
from uuid import UUID

from simulator.played import Played
from simulator.remote import at_once
from simulator.rules import BY_HAND
from treadle.dsl import values
from treadle.runtime.ports import RunFilter, RunRow, StoredStep

ALL = 100_000


class Found:
    """A play with its history at hand."""

    def __init__(self, played: Played) -> None:
        self.played = played
        store = played.store
        rows: list[RunRow] = at_once(store.runs(RunFilter(limit=ALL)))
        rows += at_once(store.runs(RunFilter(status="suppressed", limit=ALL)))
        self.runs: dict[UUID, RunRow] = {each.id: each for each in rows}
        self.steps: dict[UUID, list[StoredStep]] = {each: at_once(store.steps(each)) for each in self.runs}

    @cached_property
    def calls(self) -> dict[str, StoredStep]:
        """The steps that send, by their effect's id."""
        return {str(each.id): each for many in self.steps.values() for each in many if each.effect is not None}

    @cached_property
    def sent_again(self) -> set[str]:
        """The effects that a person had sent again."""
        said = (each for run_id in self.runs for each in at_once(self.played.store.resolutions(run_id)))
        return {str(each.step_id) for each in said if each.how == "again"}

    @cached_property
    def told_late(self) -> set[str]:
        """The effects beside which it stands that they were sent twice."""
        places = {
            (run_id, step.seq) for run_id, many in self.steps.items() for step in many if step.what == "sent twice"
        }
        return {id_ for id_, step in self.calls.items() if (step.run_id, step.seq) in places}

    @cached_property
    def orders(self) -> dict[UUID, int]:
        """The order that each run is about."""
        return {each: order for each, run in self.runs.items() if (order := self._order(run)) is not None}

    def _order(self, run: RunRow) -> int | None:
        if run.event_id is not None:
            data = values.decode(at_once(self.played.store.event(run.event_id)).data)
            about = data.get("id", data.get("order"))
            return None if about is None else int(about)
        if run.parent_id is not None:
            return self._order(self.runs[run.parent_id])
        return BY_HAND if run.rule == "H" else None

    def of_rule(self, rule: str, order: int | None = None) -> list[RunRow]:
        """Its runs, the oldest first."""
        found = (run for run in self.runs.values() if run.rule == rule)
        return sorted((run for run in found if order in (None, self.orders.get(run.id))), key=lambda run: run.id)

    def clean(self, run: RunRow) -> bool:
        """Whether it is done, and no step of it was left unknown, failed unawares or crashed."""
        ways = {(each.state, each.error.code if each.error else "") for each in self.steps[run.id]}
        fine = all(state == "done" or code in ("refused", "fail", "failed") for state, code in ways)
        return run.status == "done" and fine


def called(run: RunRow) -> str:
    """A run as a sentence names it."""
    return f"{run.rule} {run.id}"
