"""What becomes of a live run when its rule gets a new version. Pure: each decision is made from the run and two graphs.

A run goes on in the new version only where that is safe: at a step with the same id, in the same blocks, with every
name there that is read from then on, and with nothing ahead that is behind it already. A run is started anew only when
it has done nothing so far. Everybody else finishes on the graph it has; the answer says why, in a few words.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import graph as g
from treadle.dsl.typesystem import Optional
from treadle.runtime.graphwalk import ahead, alike, names_read, places
from treadle.runtime.ids import new_id
from treadle.runtime.machine.passing import verb
from treadle.runtime.machine.state import State, encode
from treadle.runtime.plaindata import fits
from treadle.runtime.ports import NewRun, PinnedRun

HARMLESS = (
    "let", "if", "match", "log", "wait", "wait_until", "wait_for", "try", "for_each", "together", "stop", "return",
    "fail", "missed",
)  # fmt: skip
"""Steps that did nothing that could be done twice, by what the history calls them. Actions that only look join them."""

_decoder = msgspec.json.Decoder(State, float_hook=Decimal)


class Stays(Exception):
    """The run goes on with the graph it has; the message says why, in a few words."""


def state_of(run: PinnedRun) -> State:
    """Where the run stands, its values as plain JSON data."""
    return _decoder.decode(run.state)


def moved(run: PinnedRun, old: g.Graph, new: g.Graph) -> bytes:
    """The run's state in the new version. Raises `Stays`."""
    state = state_of(run)
    _at_rest(run, state)
    _same_header(old, new)
    heard = _heard(old, new, state)
    if state.seq == 0 and state.at == old.entry and state.rest is None:
        at = new.entry
    else:
        at = state.at
        _same_place(state, old, new)
    coming = ahead(new, at, state.frames)
    done = old.nodes.keys() - ahead(old, state.at, state.frames)
    if again := sorted(done & coming):
        raise Stays(f"{again[0]}, which is behind it, comes again in the new version")
    _names_there(state, new, names_read(new, coming))
    return encode(replace(state, at=at, heard=heard))


def restarted(run: PinnedRun, old: g.Graph, new: g.Graph, version: str) -> NewRun:
    """The run that begins anew in its place, past the clauses that let the first one through. Raises `Stays`."""
    state = state_of(run)
    _at_rest(run, state, anew=True)
    if run.acted:
        raise Stays("it has sent or started something")
    if run.answers:
        raise Stays("another run waits for what it returns")
    if old.alone is not None or (old.quiet is not None and old.quiet.name is not None):
        raise Stays("it has its turn, or its list of events, from before")
    _same_header(old, new)
    heard = _heard(old, new, state)
    args = {name: state.vars.get(name) for name in new.params}
    _names_there(replace(state, vars=args), new, set(new.params))
    first = State(at=new.entry, vars=args, heard=heard, rehearse=state.rehearse or new.rehearse)
    return NewRun(
        id=new_id(),
        graph=version,
        kind=new.kind,
        rule=new.name,
        origin=run.origin,
        status="running",
        state=encode(first),
        event_id=run.event_id,
        parent_id=run.parent_id,
        hops=run.hops,
    )


def _at_rest(run: PinnedRun, state: State, *, anew: bool = False) -> None:
    if run.held:
        raise Stays("a worker is at it, or about to be")
    if run.status == "unknown":
        raise Stays("a person has to decide an effect")
    if not state.matched:
        raise Stays("it has not fired yet")
    threads = [state, *state.threads.values()]
    if any(each.attempt is not None for each in threads):
        raise Stays("a call of it is open")
    if not anew and (state.threads or state.fork is not None):
        raise Stays("it is in several branches at once")
    if not anew and (state.trouble is not None or _talks(state)):
        raise Stays("it is in the middle of a step")


def _talks(state: State) -> bool:
    return getattr(state, "talk", None) is not None


def _same_header(old: g.Graph, new: g.Graph) -> None:
    if new.off:
        raise Stays("the new version is off")
    for name, one, other in (
        ("stop when", old.stops, new.stops),
        ("one at a time", old.alone, new.alone),
        ("after ... of quiet", old.quiet, new.quiet),
    ):
        if not alike(one, other):
            raise Stays(f"its `{name}` is another in the new version")


def _heard(old: g.Graph, new: g.Graph, state: State) -> int:
    """Which `when` line of the new version it is that started the run."""
    mine, theirs = old.hears + old.webhooks, new.hears + new.webhooks
    if not mine and not theirs:
        return 0
    webhook = state.heard >= len(old.hears)
    for number, each in enumerate(theirs):
        if mine and alike(mine[state.heard], each) and webhook == (number >= len(new.hears)):
            return number
    raise Stays("the new version does not hear what started it")


def _same_place(state: State, old: g.Graph, new: g.Graph) -> None:
    if state.at is not None:
        _same_step(state, old.nodes[state.at], new.nodes.get(state.at))
    for frame in state.frames:
        if frame.node not in new.nodes or type(new.nodes[frame.node]) is not type(old.nodes[frame.node]):
            raise Stays(f"the new version has no {frame.node}")
    known = places(new)
    inner = state.frames[-1].node if state.frames else None
    around = known.get(state.at) if state.at is not None else _around(known, inner, state)
    if around != state.frames:
        raise Stays(f"{state.at or inner} stands in another block in the new version")


def _around(known: dict[str, Any], inner: str | None, state: State) -> Any:
    """The blocks of a run that stands at the end of one."""
    if inner is None:
        return ()
    around = known.get(inner)
    return None if around is None else (*around, state.frames[-1])


def _same_step(state: State, old: g.Node, new: g.Node | None) -> None:
    if new is None:
        raise Stays(f"the new version has no {old.id}")
    if type(new) is not type(old):
        raise Stays(f"{old.id} is `{verb(new)}` in the new version")
    waits = state.rest is not None and state.rest.kind in ("event", "run")
    match old, new:
        case g.WaitFor(), g.WaitFor() if waits:
            same = alike((old.hear, old.where, old.key), (new.hear, new.where, new.key))
        case g.Run(), g.Run() if waits:
            same = (old.sequence, old.name) == (new.sequence, new.name)
        case _:
            same = True
    if not same:
        raise Stays(f"what {old.id} waits for is another in the new version")


def _names_there(state: State, new: g.Graph, names: set[str]) -> None:
    heard = new.hears + new.webhooks
    given = {heard[0].name} if heard else set()
    for name in sorted(names - given):
        wanted = new.names[name]
        if name not in state.vars:
            raise Stays(f"{name}, which the new version reads, was not given")
        if state.vars[name] is None and isinstance(wanted, Optional):
            continue
        if not fits(state.vars[name], wanted, new.records):
            raise Stays(f"{name} is of another type in the new version")


def replaced_by(run: UUID) -> str:
    """What the history says of a run that was started anew."""
    return f"a new version was published, and the run {run} began in its place"
