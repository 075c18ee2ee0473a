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
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import msgspec
from bench.figures import Figure, table, write
from bench.processes import HarnessError

from chaos.installation import QUEUES, Queue
from chaos.mixed import Play, figures, play
from chaos.plan import KINDS, plan

BUILD = Path(__file__).parents[1] / "build"


def main(argv: Sequence[str] | None = None) -> int:
    """Breaks an installation for some minutes, and writes `build/chaos.json`; the books lie in `build/chaos`."""
    given = _arguments(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    found: list[Figure] = []
    queues: Sequence[Queue] = (given.queue,) if given.queue else QUEUES
    for number, queue in enumerate(queues):
        seconds, seed = given.minutes * 60 / len(queues), given.seed + number
        print(f"\n{queue}, seed {seed}, {seconds:.0f} s", flush=True)
        faults = tuple(plan(seed, seconds, given.only or KINDS))
        try:
            found += _played(Play(queue, seed, seconds, given.rate, faults))
        except HarnessError as error:
            print(f"  not carried out: {error}", file=sys.stderr)
            return 3
    write(BUILD / "chaos.json", found)
    missed = [each.name for each in found if not each.passed]
    print(f"\n{len(found)} figures in {BUILD / 'chaos.json'}")
    print("FAIL: " + ", ".join(missed) if missed else f"PASS: {sum(bool(each.goal) for each in found)} goals met")
    return int(bool(missed))


def _played(what: Play) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="treadle-chaos-") as name:
        folder = Path(name)
        try:
            played = asyncio.run(play(what, folder, _say))
        finally:
            _keep_logs(folder, BUILD / "chaos" / what.queue)
    (BUILD / "chaos" / what.queue / "book.json").write_bytes(msgspec.json.encode(played.book))
    found = list(figures(played, what.queue, _say))
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
    parser.add_argument("--rate", type=float, default=5, help="orders a second; each is some fifteen calls")
    parser.add_argument("--queue", choices=QUEUES, help="one queue for the whole time")
    parser.add_argument("--only", action="append", choices=KINDS, metavar="FAULT", help=f"of {', '.join(KINDS)}")
    return parser.parse_args(argv)
