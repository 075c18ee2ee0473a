"""Retries: a new run with what an earlier one began with. Owns what may be retried, and where the new run stands.

The clauses of the header have let the first run pass and are not asked again, `one at a time` aside. Steps before the
one that a retry begins at are taken over as they were recorded and never sent again; what would be done a second time
is `repeating`'s to find.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, Literal
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.values import Value
from treadle.runtime.ids import new_id
from treadle.runtime.live import GraphGone, LiveRules
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import Record
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.recalling import Recalled, Unrecalled, recall
from treadle.runtime.machine.state import State
from treadle.runtime.ports import NewRun, NewStep, Origin, RunRow, Store, StoredEvent, StoredStep
from treadle.runtime.redaction import MASK
from treadle.runtime.repeating import repeated, settled_at, told

Version = Literal["same", "newest"]
"""On which version of the rule: the one that the run was on, or the one that is live."""


class CannotRetry(Exception):
    """The run cannot be retried like this; the message says why."""


class WouldRepeat(CannotRetry):
    """It would do once more what the run did, or may have done."""


async def retry(
    store: Store,
    live: LiveRules,
    run_id: UUID,
    *,
    version: Version = "same",
    begin: str | None = None,
    repeat: bool = False,
    reads: Container[str] = (),
    earlier: Sequence[UUID] = (),
) -> NewRun:
    """Start a run again, from its first step or from `begin`: a node, or the number or id of a step. The new run.

    What the run did to the world is done again with `repeat` alone; `reads` are the actions that do nothing to it,
    `earlier` the runs that this one was run again as. Raises `KeyError` for no run, and `CannotRetry`.
    """
    row = await _over(store, run_id)
    program = await _playable(live, row, version)
    event = await _event(store, row)
    args = await _args(store, row, program)
    state = _first(program, row, event, args, rehearse=live.rehearses(program.graph))
    recorded = await store.steps(row.id)
    behind = None if begin is None else _recalled(program, row, state, event, recorded, begin)
    if not state.rehearse:
        if not repeat:
            await _first_of(store, earlier, reads)
        await _unrepeated(store, program, recorded, behind, reads, repeat=repeat)
    steps: tuple[NewStep, ...] = ()
    if behind is not None:
        steps = tuple(_copies(behind))
        state = replace(behind.state, seq=len(steps))
    run = _new(program, row, state, await _origin(store, row))
    origin = Origin(run_id, None if args is None else values.encode(args))
    await store.begin(run, origin, steps)
    return run


async def _over(store: Store, run_id: UUID) -> RunRow:
    row = await store.run(run_id)
    if row is None:
        raise KeyError(run_id)
    if row.ended_at is None:
        raise CannotRetry(await _why_not_over(store, row))
    if row.status == "suppressed":
        raise CannotRetry("the rule did not fire, so there is nothing to do again")
    return row


async def _playable(live: LiveRules, row: RunRow, version: Version) -> Program:
    program = await _program(live, row, version)
    if live.is_off(program.graph):
        raise CannotRetry(f'"{row.rule}" is switched off; `treadle rules on "{row.rule}"` switches it on')
    if program.graph.quiet is not None and program.graph.quiet.name is not None:
        raise CannotRetry("the run was about a group of events, which is not kept")
    return program


async def _event(store: Store, row: RunRow) -> StoredEvent | None:
    event = await store.event(row.event_id) if row.event_id else None
    if row.event_id and event is None:
        raise CannotRetry("the event that the run is about is not kept any more")
    return event


async def _why_not_over(store: Store, row: RunRow) -> str:
    waiting = [step for step in await store.steps(row.id) if step.state == "unknown"] if row.status == "unknown" else []
    if not waiting:
        return "the run is not over; cancel it first"
    step = waiting[-1]
    return (
        f"nobody knows whether step {step.seq} ({step.what}) happened; settle that first, with `treadle runs resolve`"
    )


async def _program(live: LiveRules, row: RunRow, version: Version) -> Program:
    if version == "same":
        try:
            return await live.program(row.graph)
        except GraphGone as gone:
            raise CannotRetry(f"{gone}; retry it on the newest one") from None
    found = [each for each in live.programs() if (each.graph.kind, each.graph.name) == (row.kind, row.rule)]
    if not found or found[0].graph.off:
        raise CannotRetry(f'"{row.rule}" is not live; retry the run on the same version')
    return found[0]


def _first(
    program: Program, row: RunRow, event: StoredEvent | None, args: dict[str, Any] | None, *, rehearse: bool
) -> State:
    graph, heard = program.graph, 0
    if event is not None:
        names = [each.full for each in graph.hears] + [f"webhook.{each.trigger}" for each in graph.webhooks]
        if event.trigger not in names:
            raise CannotRetry(f'that version of "{row.rule}" does not hear {event.trigger}')
        heard = names.index(event.trigger)
    given = {name: program.revived(name, args.get(name)) for name in graph.params} if args is not None else {}
    return State(at=graph.entry, vars=given, heard=heard, rehearse=rehearse or graph.rehearse)


async def _args(store: Store, row: RunRow, program: Program) -> dict[str, Any] | None:
    """What the parameters were given, as plain data; None where there are none."""
    if not program.graph.params:
        return None
    origin = await store.origin(row.id)
    if origin is not None and origin.args is not None:
        found: dict[str, Any] = values.decode(origin.args)
        return found
    steps = await store.steps(row.parent_id) if row.parent_id else []
    mine = (step for step in steps if step.what in ("start", "run") and str(row.id) in str(step.output))
    step = next(mine, None)
    if step is None or step.input is None:
        raise CannotRetry("the history does not keep what the run was given")
    if MASK in step.input.decode():
        raise CannotRetry("what the run was given holds a secret, which the history does not keep")
    given: dict[str, Any] = values.decode(step.input)
    return given


def _recalled(
    program: Program,
    row: RunRow,
    state: State,
    event: StoredEvent | None,
    steps: Sequence[StoredStep],
    begin: str,
) -> Recalled:
    node = next((step.node for step in steps if begin in (str(step.id), str(step.seq))), begin)
    if node not in program.graph.nodes:
        raise CannotRetry(f'that version of "{row.rule}" has no step {begin!r}')
    data: Value = None
    if event is not None:
        name = program.heard[state.heard].name
        data = program.revived(name, values.decode(event.loaded or event.data))
    try:
        return recall(program, state, data, steps, node)
    except Unrecalled as why:
        raise CannotRetry(f"the run cannot begin at {begin!r}: {why}") from None


async def _unrepeated(
    store: Store,
    program: Program,
    steps: Sequence[StoredStep],
    behind: Recalled | None,
    reads: Container[str],
    *,
    repeat: bool,
) -> None:
    """Raises `WouldRepeat` for what nobody said should be done again, and `CannotRetry` while it may still happen."""
    taken = {each.id for each in behind.behind if isinstance(each, StoredStep)} if behind else set[UUID]()
    found = [step for step in repeated(steps, reads) if step.id not in taken]
    if found and not repeat:
        raise WouldRepeat(told(found))
    until = max((settled_at(step, program.graph.nodes.get(step.node)) for step in found), default=None)
    if until is not None and await store.now() < until:
        raise CannotRetry(f"what nobody knows the outcome of may still be sent; order it from {until:%H:%M:%S} UTC on")


async def _first_of(store: Store, earlier: Sequence[UUID], reads: Container[str]) -> None:
    """Raises `WouldRepeat` when the run was run again already, and that is at work or did something."""
    for each in earlier:
        row = await store.run(each)
        if row is not None and (row.ended_at is None or repeated(await store.steps(each), reads)):
            raise WouldRepeat(f"it was run again already, as {each} ({row.status}); say `repeat` to do it once more")


def _copies(recalled: Recalled) -> list[NewStep]:
    return [_copy(number, each) for number, each in enumerate(recalled.behind, 1)]


def _copy(seq: int, each: Record | StoredStep) -> NewStep:
    """Nothing was sent for it in this run, so it counts no tries and has no effect."""
    if isinstance(each, StoredStep):
        kept = {"input": each.input, "output": each.output, "error": each.error, "state": each.state}
        return NewStep(id=new_id(), seq=seq, node=each.node, what=each.what, **kept)  # type: ignore[arg-type]
    shown = [None if value is None else values.encode(value) for value in (each.input, each.output)]
    state: Literal["failed", "done"] = "failed" if each.error else "done"
    return NewStep(
        id=new_id(),
        seq=seq,
        node=each.node,
        what=each.what,
        state=state,
        input=shown[0],
        output=shown[1],
        error=each.error,
    )


async def _origin(store: Store, row: RunRow) -> str:
    """The rule at the root of the chain of starts."""
    while row.parent_id is not None and (parent := await store.run(row.parent_id)) is not None:
        row = parent
    return row.rule


def _new(program: Program, row: RunRow, state: State, origin: str) -> NewRun:
    waits = program.graph.alone is not None
    state = replace(state, matched=not waits, phase="turn" if waits else None)
    return NewRun(
        id=new_id(),
        graph=program.version,
        kind=row.kind,
        rule=row.rule,
        origin=origin,
        status="matching" if waits else "running",
        state=states.encode(state),
        event_id=row.event_id,
        hops=row.hops,
    )
