"""What each header clause promises of the runs of rule K, by the customer of their orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from simulator.found import Found, called
from simulator.played import CUSTOMERS
from treadle.runtime.ports import RunRow


def clauses_hold(found: Found) -> Iterator[str]:
    """The rule K fires as its clause says."""
    for customer in range(CUSTOMERS):
        runs = [run for run in found.of_rule("K") if found.orders[run.id] % CUSTOMERS == customer]
        if runs and not any(_doubtful(run) for run in runs):
            yield from _CLAUSES[found.played.rules.clause](found, runs)


def _doubtful(run: RunRow) -> bool:
    return run.status in ("unknown", "failed") or (run.error is not None and run.error.code == "cancelled")


def _fired(count: int) -> Callable[[Found, list[RunRow]], Iterator[str]]:
    def holds(found: Found, runs: list[RunRow]) -> Iterator[str]:
        fired = [run for run in runs if run.status != "suppressed"]
        if len(fired) != min(count, len(runs)):
            yield f"of {len(runs)} runs {len(fired)} fired"

    return holds


def _quiet(found: Found, runs: list[RunRow]) -> Iterator[str]:
    newest = max(runs, key=lambda run: run.event_id or run.id)
    if newest.status == "suppressed":
        yield f"the newest, {called(newest)}, was left out: {newest.error}"


def _alone(found: Found, runs: list[RunRow]) -> Iterator[str]:
    spans = []
    for run in runs:
        ids = {str(step.id) for step in found.steps[run.id]}
        at = [each.at for each in found.played.service.effects if each.effect_id in ids]
        if at and not ids & found.played.service.gaps:
            spans.append((min(at), max(at)))
    spans.sort()
    for (_, end), (begin, _) in pairwise(spans):
        if begin < end:
            yield f"two runs at a time, from {begin:.3f} to {end:.3f}"


def _queue(found: Found, runs: list[RunRow]) -> Iterator[str]:
    yield from _alone(found, runs)
    for run in runs:
        if run.status != "done":
            yield f"{called(run)} had its turn and is {run.status}"


def _some(found: Found, runs: list[RunRow]) -> Iterator[str]:
    yield from _alone(found, runs)
    if not any(run.status == "done" for run in runs):
        yield f"none of {len(runs)} runs is done"


_CLAUSES = {
    "once": _fired(1), "most": _fired(2), "quiet": _quiet, "listed": _quiet,
    "skip": _some, "queue": _queue, "replace": _some,
}  # fmt: skip
