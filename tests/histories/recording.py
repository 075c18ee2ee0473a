"""Histories of the rules that we ship and of the samples: `python -m tests.histories.recording` writes them.

A history is what each rule decided on the events that it heard, when they came and when all was read that a condition
needs; and what the machine was given at each look at a run (the state, with outcomes of calls and answers in it, and
the event) and what it decided then. It holds the graphs that the runs were pinned to, so that a later version of the
platform plays the very same ones. Written again only when the language changes what a rule means.

What is played are the tests of the files and, beside those, the ones in `plays` of the same file name, which come to
the steps that the files' own leave out. One that is called like a recorded body (`lead_add.form`) is given its events.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from treadle.cli.files import sources
from treadle.cli.world import catalogue_for
from treadle.dsl import values
from treadle.dsl.compiling import build
from treadle.dsl.graph import Graph
from treadle.runtime.conditions import Verdict, on_arrival, why_not
from treadle.runtime.host import PluginHost
from treadle.runtime.live import Listener
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import Move
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.step import names_of, scope_names, walk
from treadle.runtime.trials.player import Player, Stage
from treadle.runtime.trials.suite import suite_of
from treadle.sdk import Accepted, Delivery, Secret

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "recorded"
PLAYS = Path(__file__).parent / "plays"
BODIES = ROOT / "tests" / "samples"
FOLDERS = {"shipped": "rules", "samples": "tests/samples/language"}
FIRES = "fires"
_AFTER = timedelta(days=14)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Look(msgspec.Struct, frozen=True):
    """One look at a run: what the machine was given, and what it decided, as JSON."""

    graph: str
    state: msgspec.Raw
    event: msgspec.Raw
    busy: tuple[int, ...]
    decided: msgspec.Raw


class Hearing(msgspec.Struct, frozen=True):
    """A rule hears an event on one of its `when` lines: whether it fires, as a word, or why it does not. `whole` when
    what its conditions need was read.
    """

    graph: str
    heard: int
    event: msgspec.Raw
    now: datetime
    whole: bool
    decided: str


class History(msgspec.Struct, frozen=True):
    """Hearings and looks in the order in which they were taken, with the graphs by version."""

    graphs: dict[str, msgspec.Raw]
    hearings: list[Hearing]
    looks: list[Look]


def decided(move: Move) -> bytes:
    """A move as JSON, a line for each decision, without what the graph says anyway."""
    acts = [
        {"act": type(each).__name__, "node": each.node.id, "thread": each.thread, "args": getattr(each, "args", None)}
        for each in move.acts
    ]
    effects = [{"effect": type(each).__name__, **msgspec.structs.asdict(each)} for each in move.effects]
    state = msgspec.Raw(states.encode(move.state))
    told = {"records": move.records, "acts": acts, "effects": effects, "end": move.end, "state": state}
    return _encoder.encode(told)


def again(look: Look, programs: dict[str, Program]) -> bytes:
    """What the machine decides now."""
    program = programs[look.graph]
    state = states.decode(bytes(look.state), program.revived)
    event = values.decode(bytes(look.event))
    if event is not None:
        event = program.revived(program.heard[state.heard].name, event)
    sequences = {each.graph.name: each for each in programs.values() if each.graph.kind == "sequence"}
    names = scope_names(program.graph, state, event)
    return decided(walk(program, state, names, busy=look.busy, spread=0.25, sequences=sequences.get))


def heard_again(hearing: Hearing, programs: dict[str, Program]) -> str:
    """What the rule decides now."""
    listener = Listener(programs[hearing.graph], hearing.heard)
    event = listener.event(values.decode(bytes(hearing.event)))
    if not hearing.whole:
        return on_arrival(listener, event, hearing.now)
    return why_not(listener.program, names_of(listener.name, event, hearing.now)) or FIRES


class _Recorder:
    """In place of `walk`, `on_arrival` and `why_not`."""

    def __init__(self) -> None:
        self.hearings: dict[bytes, Hearing] = {}
        self.looks: dict[bytes, Look] = {}

    def on_arrival(self, listener: Listener, event: Any, now: datetime) -> Verdict:
        """As `on_arrival`."""
        verdict = on_arrival(listener, event, now)
        self._heard(listener.program, listener.heard, event, now, verdict, whole=False)
        return verdict

    def why_not(self, program: Program, names: dict[str, Any]) -> str | None:
        """As `why_not`; runs without an event are not kept."""
        why = why_not(program, names)
        for number, each in enumerate(program.heard):
            if each.name in names:
                self._heard(program, number, names[each.name], names["now"], why or FIRES, whole=True)
                break
        return why

    def _heard(self, program: Program, heard: int, event: Any, now: datetime, decided: str, *, whole: bool) -> None:
        given = msgspec.Raw(values.encode(event))
        hearing = Hearing(program.version, heard, given, now, whole, decided)
        self.hearings.setdefault(_encoder.encode(hearing), hearing)

    def walk(self, program: Program, state: states.State, names: dict[str, Any], **given: Any) -> Move:
        """As `walk`; what it was given is kept before it is changed."""
        heard = program.heard[state.heard].name if program.heard else None
        before, event = states.encode(state), values.encode(names.get(heard) if heard else None)
        busy = tuple(sorted(given["busy"]))
        move = walk(program, state, names, **given)
        look = Look(program.version, msgspec.Raw(before), msgspec.Raw(event), busy, msgspec.Raw(decided(move)))
        self.looks.setdefault(_encoder.encode(look), look)
        return move


async def recorded(folder: str) -> History:
    """All that the tests of a folder let happen."""
    os.chdir(ROOT / folder)
    files = sources([Path()])
    catalogue = catalogue_for(files)
    built = build({path: text + _plays(folder, path) for path, text in files.items()}, catalogue)
    suite = suite_of(built)
    assert not suite.blocked, suite.blocked
    recorder = _Recorder()
    with (
        patch("treadle.runtime.advance.walk", recorder.walk),
        patch("treadle.runtime.virtual.on_arrival", recorder.on_arrival),
        patch("treadle.runtime.match.why_not", recorder.why_not),
        patch("treadle.runtime.running.spread_of", lambda _: 0.25),
    ):
        for trial in suite.trials:
            stage = Player(built.compiled.partial, built.compiled.limits, catalogue).stage(trial)
            if trial.name.endswith(".form"):
                await _deliver(stage, trial.name)
            else:
                await stage.run()
    graphs = {each.version(): msgspec.Raw(msgspec.json.encode(each)) for each in built.compiled.partial}
    return History(graphs, list(recorder.hearings.values()), list(recorder.looks.values()))


def _plays(folder: str, path: str) -> str:
    found = PLAYS / path
    return found.read_text() if folder == FOLDERS["shipped"] and found.is_file() else ""


async def _deliver(stage: Stage, body: str) -> None:
    """What the recorded body of Kommo holds comes in, under the mocks of the test, and then the time goes by."""
    kommo = PluginHost.load(only={"kommo"}).plugins["kommo"]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    account = kommo.connections["kommo"](base_url="https://acme.kommo.com", access_token=Secret("a token"))
    read, now = (BODIES / body).read_bytes(), stage.world.clock.now()
    delivery = Delivery(connection=account, headers=headers, body=read, received_at=now)
    accepted = account.receive(delivery, tuple(kommo.triggers.values()))
    assert isinstance(accepted, Accepted)
    await stage.run()
    for event in accepted.events:
        await stage.world.give(f"kommo.{event.trigger.name}", values.decode(values.encode(event.data)))
    await stage.world.advance(stage.world.clock.now() + _AFTER)


def lines(history: History) -> Iterator[bytes]:
    """The file: a line for each graph and each look."""
    graphs = (b"%s:%s" % (msgspec.json.encode(version), bytes(graph)) for version, graph in history.graphs.items())
    yield b'{"graphs":{\n' + b",\n".join(graphs) + b"},"
    yield b'"hearings":[\n' + b",\n".join(_encoder.encode(each) for each in history.hearings) + b"],"
    yield b'"looks":[\n' + b",\n".join(_encoder.encode(look) for look in history.looks) + b"]}"


def read(path: Path) -> tuple[History, dict[str, Program]]:
    """A history with the programs of its graphs."""
    history = msgspec.json.decode(path.read_bytes(), type=History)
    graphs = {each: msgspec.json.decode(bytes(text), type=Graph) for each, text in history.graphs.items()}
    return history, {version: Program(graph, version) for version, graph in graphs.items()}


async def main() -> None:
    """Write them all."""
    HERE.mkdir(exist_ok=True)
    for name, folder in FOLDERS.items():
        history = await recorded(folder)
        (HERE / f"{name}.json").write_bytes(b"\n".join(lines(history)) + b"\n")
        told = f"{len(history.hearings)} events heard, {len(history.looks)} looks at runs"
        print(f"{name}: {told} of {len(history.graphs)} rules and sequences")


if __name__ == "__main__":
    asyncio.run(main())
