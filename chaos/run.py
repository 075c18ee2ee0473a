"""The command line of chaos and soak. Owns what is run, printed and stored. Exit status: 0 all goals met, 1 not, 3 it
could not be carried out.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

import msgspec
from bench.figures import Figure, Goal, table, write
from bench.processes import HarnessError

from chaos.installation import QUEUES, Queue
from chaos.memory import Memory, growth
from chaos.mixed import Play, Played, Watch, play
from chaos.plan import KINDS, plan
from chaos.report import figures, findings, judged

EFFECTS_OF_ORDER = 24
RATE, SOAK_RATE = 2.5, 11.0  # orders a second
_SHOWN = 5  # findings of a check
BUILD = Path(__file__).parents[1] / "build"


def main(argv: Sequence[str] | None = None) -> int:
    """Breaks an installation for some minutes, or leaves it in peace for some effects. Writes `build/chaos.json` or
    `build/soak.json`; books and logs lie in `build/chaos/QUEUE`.
    """
    given = _arguments(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        found = _soaked(given) if given.soak else _broken(given)
    except HarnessError as error:
        print(f"  not carried out: {error}", file=sys.stderr)
        return 3
    out = BUILD / ("soak.json" if given.soak else "chaos.json")
    write(out, found)
    missed = [each.name for each in found if not each.passed]
    print(f"\n{len(found)} figures in {out}")
    print("FAIL: " + ", ".join(missed) if missed else f"PASS: {sum(bool(each.goal) for each in found)} goals met")
    return int(bool(missed))


def _broken(given: argparse.Namespace) -> list[Figure]:
    found: list[Figure] = []
    queues: Sequence[Queue] = (given.queue,) if given.queue else QUEUES
    for number, queue in enumerate(queues):
        seconds, seed = given.minutes * 60 / len(queues), given.seed + number
        print(f"\n{queue}, seed {seed}, {seconds:.0f} s", flush=True)
        faults = tuple(plan(seed, seconds, given.only or KINDS))
        played = _played(Play(queue, seed, seconds, given.rate or RATE, faults))
        found += _shown(figures(played.book, played.drained_s, queue))
    return found


def _soaked(given: argparse.Namespace) -> list[Figure]:
    rate: float = given.rate or SOAK_RATE
    queue: Queue = given.queue or "valkey"
    seconds = given.soak / EFFECTS_OF_ORDER / rate
    print(f"\nsoak on {queue}, {given.soak:,} effects in {seconds:.0f} s", flush=True)
    memory = Memory()
    played = _played(Play(queue, given.seed, seconds, rate, well=True), memory.watch)
    unknown = sum(step.state == "unknown" for step in played.book.steps)
    more = [
        judged("soak.effects", len(played.book.steps), "", Goal(">=", given.soak)),
        judged("soak.unknown", unknown, "", Goal("==", 0)),
    ]
    for name, samples in memory.samples.items():
        more.append(Figure(f"soak.{name}.memory_mb", round(samples[-1][1], 1), "MB", None, passed=True))
        more.append(judged(f"soak.{name}.growth", growth(samples), "", Goal("<=", 0.1)))
    return _shown([*figures(played.book, played.drained_s, "soak"), *more])


def _played(what: Play, watch: Watch | None = None) -> Played:
    kept = BUILD / "chaos" / what.queue
    with tempfile.TemporaryDirectory(prefix="treadle-chaos-") as name:
        try:
            played = asyncio.run(play(what, Path(name), _say, watch))
        finally:
            _keep_logs(Path(name), kept)
    (kept / "book.json").write_bytes(msgspec.json.encode(played.book))
    for check, found in findings(played.book).items():
        for each in found[:_SHOWN]:
            _say(f"{check}: {each}")
    return played


def _shown(figures: Iterable[Figure]) -> list[Figure]:
    found = list(figures)
    print(table(found), flush=True)
    return found


def _keep_logs(folder: Path, kept: Path) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description="The real thing, broken on purpose.")
    parser.add_argument("--minutes", type=float, default=10, help="of load and faults, over both queues")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what decides the faults (the clock)")
    parser.add_argument(
        "--soak", type=int, metavar="EFFECTS", help="break nothing, until so many effects have happened"
    )
    parser.add_argument("--rate", type=float, help=f"orders a second, of some {EFFECTS_OF_ORDER} calls each")
    parser.add_argument("--queue", choices=QUEUES, help="one queue for the whole time")
    parser.add_argument("--only", action="append", choices=KINDS, metavar="FAULT", help=f"of {', '.join(KINDS)}")
    return parser.parse_args(argv)
