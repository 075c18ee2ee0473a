"""The command line of the benchmark: which parts run, in which order, and what is printed and stored.

Exit status: 0 all goals met, 1 a goal missed, 3 a part could not be carried out.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

import msgspec

from bench import (
    api,
    backtesting,
    calibration,
    checking,
    common_job,
    dbos_job,
    five_steps,
    growth,
    history,
    language,
    matching,
    report,
    sleeping,
    starts,
)
from bench.figures import GOALS, Figure, figure, table, write
from bench.measure import Range, faults, measuring
from bench.postgres import Server, running
from bench.processes import HarnessError

OUT = Path(__file__).parents[1] / "build" / "bench.json"
PARTS = (
    "harness",
    "cli",
    "start",
    "check",
    "matching",
    "backtest",
    "common_job",
    "dbos",
    "five_steps",
    "sleeping",
    "growth",
    "history",
    "language",
    "api",
)

RATIO = "common_job.vs_dbos"
# Which part a figure with a goal comes from, where its name does not say it.
_PART_OF = {"accept": "common_job"}


class Plan(msgspec.Struct, frozen=True):
    """How much is measured."""

    parts: tuple[str, ...]
    loads: common_job.Loads
    peer_events: int
    peer_latency_events: int
    shapes: tuple[dbos_job.Shape, ...]
    calibration: int
    five_steps: int
    sleeping: int
    growth: growth.Sizes
    history: int
    backtest: int
    edits: int
    api: int
    repeats: int
    sizes: tuple[int, ...]
    rounds: int
    database_url: str | None


class Stage:
    """What the parts of one run share: a folder, and from the first use on the load generator, sink and Postgres."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, plan: Plan) -> None:
        self.folder = folder
        self.stack = stack
        self.plan = plan
        self.common: common_job.Measured | None = None
        self._lane: Range | None = None
        self._server: Server | None = None

    def own(self, name: str) -> Path:
        """A new folder for one part."""
        own = self.folder / name
        own.mkdir()
        return own

    @property
    def lane(self) -> Range:
        if self._lane is None:
            self._lane = self.stack.enter_context(measuring(self.folder))
        return self._lane

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = self.stack.enter_context(running(self.folder, self.plan.database_url))
        self._server.settle()
        return self._server


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark. Children, databases and files are gone when it returns, also after Ctrl-C or SIGTERM."""
    plan, out = _arguments(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    figures, broken = _carry_out(plan)
    write(out, figures)
    judged = [each for each in figures if each.goal]
    missed = [each.name for each in judged if not each.passed]
    print(f"\n{table(judged)}\n\n{len(figures)} figures in {out} after {time.monotonic() - began:.0f} s")
    print("FAIL: " + ", ".join(missed) if missed else f"PASS: {len(judged)} goals of {len(judged)} met")
    return 3 if broken else int(bool(missed))


def _carry_out(plan: Plan) -> tuple[list[Figure], bool]:
    """All figures, those of a broken part without values, and whether one broke."""
    steps: dict[str, Callable[[Stage], list[Figure]]] = {
        "harness": lambda stage: calibration.calibrate(stage.lane, stage.plan.calibration),
        "cli": lambda stage: starts.commands(stage.own("cli"), stage.plan.repeats),
        "start": lambda stage: starts.starts(stage.own("start"), stage.plan.repeats),
        "check": lambda stage: checking.measure(stage.own("check"), stage.plan.repeats),
        "backtest": lambda stage: backtesting.measure(stage.plan.backtest),
        "matching": lambda stage: matching.measure(stage.plan.sizes, stage.plan.rounds),
        "common_job": _common_job,
        "dbos": _dbos,
        "five_steps": lambda stage: five_steps.measure(
            stage.lane, stage.server, stage.own("five"), stage.plan.five_steps
        ),
        "sleeping": lambda stage: sleeping.measure(stage.lane, stage.server, stage.own("sleep"), stage.plan.sleeping),
        "growth": lambda stage: growth.measure(stage.lane, stage.server, stage.own("growth"), stage.plan.growth),
        "history": lambda stage: history.measure(stage.server, stage.own("history"), stage.plan.history),
        "api": lambda stage: api.measure(stage.server, stage.own("api"), stage.lane.address, stage.plan.api),
        "language": lambda stage: language.measure(stage.lane, stage.server, stage.own("language"), stage.plan.edits),
    }
    figures: list[Figure] = []
    broken = False
    with _stage(plan) as stage:
        for part in plan.parts:
            print(f"\n{part}", flush=True)
            try:
                found = steps[part](stage)
            except HarnessError as error:
                broken = True
                found = [figure(name, None, "") for name in _goals_of(part)]
                print(f"  not measured: {error}", file=sys.stderr, flush=True)
            print(table(found), flush=True)
            figures += found
    return figures, broken


def _common_job(stage: Stage) -> list[Figure]:
    stage.common = common_job.measure(stage.lane, stage.server, stage.own("treadle"), stage.plan.loads)
    for fate, times in stage.common.fates.items():
        print(f"  {times} runs are {fate}")
    for name, volley in stage.common.volleys.items():
        if not volley.clean:
            print(f"  {name}: {faults(volley)}")
    if stage.common.undrained:
        print(f"  {stage.common.undrained} taken while no worker ran did not arrive once after one had started")
    return report.treadle(stage.common)


def _dbos(stage: Stage) -> list[Figure]:
    plan = stage.plan
    peers = []
    for number, shape in enumerate(plan.shapes):
        peer = dbos_job.measure(
            shape,
            stage.lane,
            stage.server,
            stage.own(f"dbos-{number}"),
            events=plan.peer_events,
            latency_events=plan.peer_latency_events,
        )
        print(f"  DBOS in {shape.name}: {peer.full.events_per_s:.0f} events/s", flush=True)
        peers.append(peer)
    found = report.peer(peers, stage.common)
    return found if "common_job" in plan.parts else [each for each in found if each.name != RATIO]


def _goals_of(part: str) -> list[str]:
    """The names with goals that a part owes."""
    if part == "dbos":
        return [RATIO]
    names = (name for name in GOALS if name != RATIO)
    return [name for name in names if _PART_OF.get(prefix := name.partition(".")[0], prefix) == part]


@contextlib.contextmanager
def _stage(plan: Plan) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder, contextlib.ExitStack() as stack:
        yield Stage(Path(folder), stack, plan)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def _arguments(argv: Sequence[str] | None) -> tuple[Plan, Path]:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The product beside its peers in one run.")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=f"one of {', '.join(PARTS)}")
    parser.add_argument("--events", type=int, help="events at full speed (10,000; DBOS gets a fifth)")
    parser.add_argument("--quick", action="store_true", help="a fifth of everything, and only DBOS's usual best shape")
    parser.add_argument("--database-url", help="measure on this Postgres; the embedded one otherwise")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    options = parser.parse_args(argv)
    share = 5 if options.quick else 1
    events = min(max(options.events or 10_000 // share, 100), 100_000)
    chosen = tuple(part for part in PARTS if not options.only or part in options.only)
    plan = Plan(
        parts=chosen,
        loads=common_job.Loads(at_50=1000 // share, at_200=2000 // share, full=events),
        peer_events=min(max(events // 5, 100), 3000),
        peer_latency_events=500 // share,
        shapes=dbos_job.SHAPES[:1] if options.quick else dbos_job.SHAPES,
        calibration=20_000 // share,
        five_steps=3000 // share,
        sleeping=1_000_000 // share,
        growth=growth.Sizes((1, 1_000), (0, 100_000), (0, 100_000), 400) if options.quick else growth.Sizes(),
        history=1_000_000 // share,
        backtest=10_000 // share,
        edits=500 // share,
        api=100_000 // share,
        repeats=3 if options.quick else 7,
        sizes=matching.SIZES[:-1] if options.quick else matching.SIZES,
        rounds=7 if options.quick else 15,
        database_url=options.database_url,
    )
    return plan, options.out
