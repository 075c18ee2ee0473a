"""Which statement lists what a filter asks for, so that an index has the rows in the order of the page. Pure.

A page of runs is put together from pages of each kind that it may hold: the done, the failed, those that wait. What is
not asked for stays out of the statement, so that each combination is planned for itself.
"""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.runtime.ids import first_id
from treadle.runtime.ports import EventFilter, RunFilter, RunStatus
from treadle.runtime.store.parameters import clean_or_none, key_hash

_ENDED: tuple[RunStatus, ...] = ("done", "failed", "stopped", "suppressed")
_LIVE: tuple[RunStatus, ...] = ("matching", "running", "waiting", "unknown")


class _Way(msgspec.Struct, frozen=True):
    """A way to runs: what is selected, up to its conditions, and the column that pages go by."""

    rows: str
    column: str


_OF_EVENT = _Way("select id from runs where event_id = %(event)s", "id")
_OF_ENTITY = _Way(
    "select run.id from (select id from events where entity = %(entity)s offset 0) as event "
    "cross join lateral (select id from runs where event_id = event.id offset 0) as run where true",
    "run.id",
)
_FITTING = """
    select found.id from ({found}) as found {beside}
    where {fits} order by found.id desc limit %(limit)s
"""
_BESIDE = {
    "run.": "cross join lateral (select rule, event_id from runs where id = found.id limit 1) as run",
    "ended.": "left join lateral (select outcome from run_ends where run_id = found.id limit 1) as ended on true",
    "live.": "left join lateral (select status from live_runs where run_id = found.id limit 1) as live on true",
}
"""What a condition on runs that were found reads of them: of ten thousand, only what it names."""
_RANGE = {"before": "{} < %(before)s", "since": "{} >= %(since)s", "until": "{} < %(until)s"}


def run_sources(filter: RunFilter) -> bytes:
    """What stands for `{sources}` in the statement `runs`: the ids of the newest of each kind."""
    ways = _ways(filter)
    pages = [_fitting(way, filter) for way in ways]
    if not ways:
        pages = [_page(way, filter, " limit %(limit)s") for way in _by_status(filter)]
    return " union all ".join(f"({page})" for page in pages).encode()


def run_parameters(filter: RunFilter) -> dict[str, Any]:
    """What the statement `runs` takes."""
    keys = {f"key{number}": key_hash(key) for number, key in enumerate(filter.keys)}
    plain = {
        "rule": clean_or_none(filter.rule),
        "event": filter.event_id,
        "entity": clean_or_none(filter.entity),
        "status": filter.status,
        "limit": filter.limit,
    }
    return plain | keys | _bounds(filter)


def event_filters(filter: EventFilter) -> bytes:
    """What stands for `{filters}` in the statement `events`."""
    conditions = _ranges(filter, "id")
    if filter.entity is not None:
        conditions.append("entity = %(entity)s")
    if filter.trigger is not None:
        # What is known of an entity are few events: those are looked through, whatever their trigger's index promises.
        conditions.append("trigger = %(trigger)s" if filter.entity is None else "trigger || '' = %(trigger)s")
    if filter.unread:
        conditions.append("unread is not null")
    return (" and ".join(conditions) or "true").encode()


def event_parameters(filter: EventFilter) -> dict[str, Any]:
    """What the statement `events` takes."""
    plain = {"trigger": clean_or_none(filter.trigger), "entity": clean_or_none(filter.entity), "limit": filter.limit}
    return plain | _bounds(filter)


def _ways(filter: RunFilter) -> list[_Way]:
    """The ways that lead to few runs, the best one; none: they are found by rule and status."""
    if filter.event_id is not None:
        return [_OF_EVENT]
    if filter.keys:
        return [
            _Way(f"select run_id as id from run_keys where key_hash = %(key{number})s::uuid", "run_id")
            for number, _ in enumerate(filter.keys)
        ]
    return [] if filter.entity is None else [_OF_ENTITY]


def _fitting(way: _Way, filter: RunFilter) -> str:
    """A page of the runs that were found that way."""
    fits = " and ".join(_residue(filter))
    beside = " ".join(join for named, join in _BESIDE.items() if named in fits)
    parts = {"{found}": _page(way, filter, ""), "{beside}": beside, "{fits}": fits}
    text = _FITTING
    for name, part in parts.items():
        text = text.replace(name, part)
    return text


def _residue(filter: RunFilter) -> list[str]:
    """What the runs that were found that way have to fit as well."""
    shown = "coalesce(ended.outcome, live.status) = %(status)s"
    conditions = [shown if filter.status else "ended.outcome is distinct from 'suppressed'"]
    if filter.rule is not None:
        conditions.append("run.rule = %(rule)s")
    if filter.entity is not None and (filter.event_id is not None or filter.keys):
        conditions.append("exists (select from events where id = run.event_id and entity = %(entity)s)")
    if filter.event_id is not None and filter.keys:
        keys = ", ".join(f"%(key{number})s::uuid" for number, _ in enumerate(filter.keys))
        conditions.append(f"exists (select from run_keys where run_id = found.id and key_hash in ({keys}))")
    return conditions


def _by_status(filter: RunFilter) -> list[_Way]:
    of_rule = "" if filter.rule is None else " and rule = %(rule)s"
    wanted = (filter.status,) if filter.status else tuple(each for each in _ENDED + _LIVE if each != "suppressed")
    ways = [
        _Way(f"select run_id as id from run_ends where outcome = '{each}'{of_rule}", "run_id")
        for each in _ENDED
        if each in wanted
    ]
    if filter.status is None and filter.rule is None:
        return [*ways, _Way("select run_id as id from live_runs where true", "run_id")]
    return ways + [
        _Way(f"select run_id as id from live_runs where status = '{each}'{of_rule}", "run_id")
        for each in _LIVE
        if each in wanted
    ]


def _page(way: _Way, filter: RunFilter, limit: str) -> str:
    conditions = "".join(f" and {each}" for each in _ranges(filter, way.column))
    return f"{way.rows}{conditions} order by {way.column} desc{limit}"


def _ranges(filter: RunFilter | EventFilter, column: str) -> list[str]:
    return [text.format(column) for name, text in _RANGE.items() if getattr(filter, name) is not None]


def _bounds(filter: RunFilter | EventFilter) -> dict[str, Any]:
    return {
        "before": filter.before,
        "since": None if filter.since is None else first_id(filter.since),
        "until": None if filter.until is None else first_id(filter.until),
    }
