"""What must hold when a play is over. Each law yields a sentence for each time that it was broken.

The store's history is held against what the senders were told and what the service did.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

from simulator.clauses import clauses_hold
from simulator.extras.shape import MARK
from simulator.found import ALL, Found, called
from simulator.loop import EPOCH
from simulator.played import Played
from simulator.remote import at_once
from simulator.rules import BY_HAND, BY_HAND_DOES
from treadle.dsl import values

_ENDED = ("done", "failed", "stopped", "suppressed")
_LONGEST = 2 * 86400.0  # seconds until a live row is looked at, whatever it waits for


_TIMEOUT = 10.0  # seconds of a call of the shop
_A_MOMENT = timedelta(seconds=1)
_HITS = ("kill", "freeze", "stall", "gap", "statement", "outage")
_HEAR = {"A", "B", "K", "Q"}
_TREES = {"A", "B", "E", "H", "S"}
_CORE = {*_TREES, "K", "Q", "T"}
_READS = ("shop.get_order", "ask clerk")
_BESIDE = ("sent twice", "late answer")  # told beside a call, under its number

Law = Callable[[Found], Iterator[str]]


def no_event_is_lost(found: Found) -> Iterator[str]:
    """Every delivery that was accepted is one event, with one run of each rule that hears it."""
    for sent in found.played.sent:
        key = sent.item["key"]
        if len(set(sent.ids)) != 1:
            yield f"{key} was accepted as {len(set(sent.ids))} events"
        for event_id in set(sent.ids):
            heard = Counter(run.rule for run in found.runs.values() if run.event_id == event_id and run.rule in _HEAR)
            rules = {each.graph.name for each in found.played.rules.programs}
            wanted = dict.fromkeys(_HEAR & rules, 1) if sent.item["kind"] == "placed" else {}
            if dict(heard) != wanted:
                yield f"{key} has the runs {dict(heard)}"
    for run_id in found.played.started - found.runs.keys():
        yield f"the run {run_id}, started by hand, is not there"


def everything_comes_to_rest(found: Found) -> Iterator[str]:
    """Runs are over, or wait for a person, or for one that does."""
    waits = any(run.status == "unknown" for run in found.runs.values())
    stopped = EPOCH + found.played.ended_at - 40.0
    asleep = {rule for extra in found.played.rules.extras for rule in extra.asleep}
    for run in found.runs.values():
        if run.rule in asleep and run.status == "waiting":
            continue
        if run.created_at.timestamp() > stopped:  # by a schedule of one that was frozen: it waits for the next start
            continue
        if (
            run.status not in _ENDED
            and run.status != "unknown"
            and not (waits and run.status in ("waiting", "matching"))
        ):
            yield f"{called(run)} is {run.status}"


def histories_are_whole(found: Found) -> Iterator[str]:
    """No step of a run that rests is open; each step has a place of its own; what is over has no open question."""
    for run_id, steps in found.steps.items():
        run = found.runs[run_id]
        seqs = [step.seq for step in steps if step.what not in _BESIDE]
        if sorted(set(seqs)) != seqs:
            yield f"{called(run)} has steps {seqs}"
        for step in steps:
            if step.state == "intent" and run.status in _ENDED:
                yield f"{called(run)} is {run.status}, its {step.what} is open"
            if step.state == "unknown" and run.status == "failed" and not (run.error and run.error.code == "crashed"):
                handled = any(other.seq > step.seq for other in steps)
                if not handled:
                    yield f"{called(run)} is failed after an unknown {step.what}"


def effects_are_true(found: Found) -> Iterator[str]:
    """What is called done was done, what is called failed was not, and nothing was done that no history has."""
    done = Counter(each.effect_id for each in found.played.service.effects)
    for effect, step in found.calls.items():
        if step.what in _READS:
            continue
        if step.state == "done" and not done[effect]:
            yield f"{step.what} {effect} is called done and was not"
        by_word = step.error is not None and step.error.code == "skipped"  # a person had it left out, not knowing
        if step.state in ("failed", "skipped") and done[effect] and not by_word:
            yield f"{step.what} {effect} is called {step.state} and was done"
    for effect in sorted(done.keys() - found.calls.keys()):
        yield f"{effect} was done and is in no history"


def effects_are_not_doubled(found: Found) -> Iterator[str]:
    """Each labelled effect happens once at most. Where a freeze fell before the first byte, a shipment may happen
    twice, and what a person had sent again; then it is told, unless who could have was killed or cut off.
    """
    times: defaultdict[str, list[str]] = defaultdict(list)
    for each in found.played.service.effects:
        times[each.what].append(each.effect_id)
    cut_off = not found.played.faults.seen.keys().isdisjoint(("kill", "statement", "outage"))
    for what, ids in times.items():
        if len(ids) == 1 or " r:" in what:  # what is retried is done once more
            continue
        again = what.startswith("shipments") or not found.sent_again.isdisjoint(ids)
        if not again or found.played.service.gaps.isdisjoint(ids):
            yield f"{what} was done {len(ids)} times, as {len(set(ids))} effects"
        elif not cut_off and found.told_late.isdisjoint(ids):
            yield f"{what} was done {len(ids)} times, and nobody is told"


def nothing_unmeant_is_done(found: Found) -> Iterator[str]:
    """An order gets what its rules say; all of it, when nothing about it stayed in doubt."""
    rules = found.played.rules
    did: defaultdict[int, set[str]] = defaultdict(set)
    for each in found.played.service.effects:
        thing, order, label = each.what.split(" ")
        if MARK not in label:
            did[int(order)].add(f"{thing} {label}")
    for run in (*found.of_rule("A"), *found.of_rule("B")):
        logs = [f"log {values.decode(step.input or b'')}" for step in found.steps[run.id] if step.what == "log"]
        did[found.orders[run.id]].update(logs)
        for log, times in Counter(logs).items():
            if times > 1:
                yield f"{called(run)} wrote {log} {times} times"
    extras = {each.graph.name for each in found.played.rules.programs} - _CORE
    for about in sorted({*did, *(order for run, order in found.orders.items() if found.runs[run].rule not in extras)}):
        must, may = (BY_HAND_DOES, frozenset[str]()) if about == BY_HAND else (rules.must, rules.may)
        if more := did[about] - must - may:
            yield f"order {about} got {sorted(more)}"
        runs = [run for run in found.runs.values() if found.orders.get(run.id) == about and run.rule in _TREES]
        if all(found.clean(run) for run in runs) and (less := must - did[about]):
            yield f"order {about} did not get {sorted(less)}"


def doubts_have_a_cause(found: Found) -> Iterator[str]:
    """A call is unknown because its own answer was not clear, or a process or the store was hit. On a calm day nothing
    is unknown and nothing fails.
    """
    seen, unclear = found.played.faults.seen, found.played.service.unclear
    if seen.keys().isdisjoint(_HITS):
        for effect, step in found.calls.items():
            if step.state == "unknown" and not unclear[effect]:
                yield f"{step.what} {effect} is unknown, and was answered"
    troubled = {rule for extra in found.played.rules.extras for rule in extra.troubled}
    for run in found.runs.values():
        if not seen and run.status in ("failed", "unknown") and run.rule not in troubled:
            yield f"{called(run)} is {run.status} on a calm day: {run.error}"


def failures_have_a_cause(found: Found) -> Iterator[str]:
    """A run fails because its worker died at it again and again, or because a call never got through."""
    for run in found.runs.values():
        if run.status == "failed" and run.error is not None:
            ways = {each.error.code for each in found.steps[run.id] if each.error}
            if run.error.code not in {"crashed", "too_many_hops", *ways}:
                yield f"{called(run)} failed: {run.error}"
            if run.error.code in ("internal", "no_graph"):
                yield f"{called(run)} failed: {run.error}"


def leases_are_given_back(found: Found) -> Iterator[str]:
    """After everybody has stopped nobody holds anything, and each live row is looked at in time."""
    store, now = found.played.store, EPOCH + found.played.ended_at
    for run_id, row in store._live_rows.items():
        if row.worker is not None:
            yield f"{called(found.runs[run_id])} is still held"
        if row.due_at.timestamp() > now + _LONGEST and not _asks(found, run_id):
            yield f"{called(found.runs[run_id])} is looked at in {row.due_at.timestamp() - now:.0f} s"


def _asks(found: Found, run_id: UUID) -> bool:
    """Whether a person has yet to answer it, for which they have a week."""
    return any(each.run_id == run_id for each in at_once(found.played.store.approvals(limit=ALL)))


def schedules_fire_once(found: Found) -> Iterator[str]:
    """One run for each planned minute."""
    minutes, runs = int(found.played.ended_at // 60), len(found.of_rule("T"))
    late = int((found.played.ended_at - 50.0) // 60)  # who stops fires nothing any more, and what was due just before
    if not late <= runs <= minutes:
        yield f"a schedule fired {runs} times in {minutes} minutes"


def decisions_count(found: Found) -> Iterator[str]:
    """What a person was told that they decided is what the run went on with, or the run was not waiting any more."""
    for row in at_once(found.played.store.approvals(open_only=False, limit=ALL)):
        decided = found.played.decided.get(row.id)
        if decided is not None and row.state != ("approved" if decided else "refused"):
            yield f"a question was decided as {decided} and is {row.state}"


def a_stop_is_heard(found: Found) -> Iterator[str]:
    """What ends a run keeps its next step from being begun; without it nothing ends it."""
    moved = {sent.item["id"]: sent.ids[0] for sent in found.played.sent if sent.item["kind"] == "moved"}
    standing = not found.played.faults.seen.keys().isdisjoint(_HITS)
    for run in found.of_rule("Q"):
        event_id = moved.get(found.orders[run.id])
        if run.status == "stopped" and event_id is None:
            yield f"{called(run)} is stopped, and nothing came"
        if run.status == "done" and event_id is not None and not standing:
            came = at_once(found.played.store.event(event_id)).received_at
            began = found.steps[run.id][-1].started_at
            if began is not None and run.created_at <= came < began - _A_MOMENT:
                yield f"{called(run)} went on at {began} after what came at {came}"


def a_cancel_is_heard(found: Found) -> Iterator[str]:
    """Who was told that a run ends sees it end, and nothing sent behind that. What was planned when a call under way
    ended may stand in the history, not sent.
    """
    standing = not found.played.faults.seen.keys().isdisjoint(_HITS)
    for run_id, told in found.played.cancelled.items():
        run, sent = found.runs[run_id], [step for step in found.steps[run_id] if step.tries]
        if run.status not in ("stopped", "unknown", "done"):  # done: all that was left was under way
            yield f"{called(run)} was cancelled at {told} and is {run.status}"
        if sent and sent[-1].started_at and sent[-1].started_at > told + _A_MOMENT and not standing:
            yield f"{called(run)} was cancelled at {told} and went on at {sent[-1].started_at}"


def what_is_sent_again_was_over(found: Found) -> Iterator[str]:
    """Nobody has a call sent again while the worker that was at it may still send it."""
    for step, at in found.played.said["again"]:
        since = step.ended_at + timedelta(seconds=found.played.lease + _TIMEOUT)
        if at < since:
            yield f"{step.what} {step.id} was unknown since {step.ended_at} and ordered again at {at}"


LAWS: tuple[Law, ...] = (
    no_event_is_lost, everything_comes_to_rest, histories_are_whole, effects_are_true, effects_are_not_doubled,
    nothing_unmeant_is_done, doubts_have_a_cause, failures_have_a_cause, leases_are_given_back, schedules_fire_once,
    decisions_count, a_stop_is_heard, a_cancel_is_heard, what_is_sent_again_was_over, clauses_hold,
)  # fmt: skip


def broken(played: Played) -> list[str]:
    """What does not hold, as `law: sentence`."""
    found = Found(played)
    said = [f"{law.__name__}: {each}" for law in LAWS for each in law(found)]
    said += [f"{extra.name}: {each}" for extra in played.rules.extras for each in extra.law(found)]
    return [*said, *(f"trouble: {each}" for each in played.troubles)]
