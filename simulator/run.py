"""The command line of the simulator: so many seeds, judged; or one seed, told. Exit status: 0 all goals met, 1 not.

Seeds that once failed stand in `kept.txt` and are played first, here and in the tests.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec
from bench.figures import Figure, Goal, table, write

from simulator.found import Found
from simulator.laws import broken
from simulator.play import play

BUILD = Path(__file__).parents[1] / "build"
KEPT = Path(__file__).with_name("kept.txt")
_CHUNK = 25
_AGAIN = 20  # one seed in so many is played twice


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed."""

    seed: int
    broken: list[str]
    faults: dict[str, int]
    runs: dict[str, int]
    effects: int
    doubled: int


def kept() -> list[int]:
    """The seeds that are never forgotten."""
    lines = (line.partition("#")[0].strip() for line in KEPT.read_text("utf-8").splitlines())
    return [int(line) for line in lines if line]


def judge(seed: int) -> Judged:
    """Play a seed and hold it against the laws; now and then twice, which must give the same history."""
    played = play(seed)
    found = Found(played)
    said = broken(played)
    if seed % _AGAIN == 0 and play(seed).digest() != played.digest():
        said.append("same_seed_same_history: it was another history the second time")
    times = Counter(each.what for each in played.service.effects)
    return Judged(
        seed=seed,
        broken=said,
        faults=dict(played.faults.seen),
        runs=Counter(run.status for run in found.runs.values()),
        effects=len(played.service.effects),
        doubled=sum(count - 1 for count in times.values()),
    )


def judge_all(seeds: Sequence[int]) -> list[Judged]:
    """Those of one process."""
    return [judge(seed) for seed in seeds]


def main(argv: Sequence[str] | None = None) -> int:
    """Plays seeds and writes `build/simulate.json`; with `--show`, tells one."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="The whole runtime under faults.")
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first one")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", type=int, metavar="SEED", help="tell what happens in this one")
    given = parser.parse_args(argv)
    if given.show is not None:
        return _show(given.show)
    figures = list(_figures([*kept(), *range(given.first, given.first + given.seeds)], given.processes))
    print(table(figures))
    write(BUILD / "simulate.json", figures)
    missed = [each.name for each in figures if not each.passed]
    print("FAIL: " + ", ".join(missed) if missed else f"PASS: {sum(bool(each.goal) for each in figures)} goals met")
    return int(bool(missed))


def _figures(seeds: list[int], processes: int) -> Iterator[Figure]:
    began, judged = time.monotonic(), list[Judged]()
    chunks = [seeds[at : at + _CHUNK] for at in range(0, len(seeds), _CHUNK)]
    with ProcessPoolExecutor(processes) as pool:
        for many in pool.map(judge_all, chunks):
            judged += many
            for each in many:
                for said in each.broken:
                    print(f"  seed {each.seed}: {said}", flush=True)
    laws = Counter(said.partition(":")[0] for each in judged for said in each.broken)
    faults = sum((Counter(each.faults) for each in judged), Counter[str]())
    runs = sum((Counter(each.runs) for each in judged), Counter[str]())
    yield Figure("simulate.seeds", len(judged), "seeds", None, passed=True)
    yield Figure("simulate.per_s", round(len(judged) / (time.monotonic() - began), 1), "seeds/s", None, passed=True)
    yield _none("simulate.failed", sum(bool(each.broken) for each in judged), "seeds")
    for law in sorted(laws):
        yield _none(f"simulate.{law}", laws[law], "times")
    yield Figure("simulate.effects", sum(each.effects for each in judged), "effects", None, passed=True)
    yield Figure("simulate.doubled_by_a_freeze", sum(each.doubled for each in judged), "effects", None, passed=True)
    for kind in sorted(faults):
        yield Figure(f"simulate.faults.{kind}", faults[kind], "times", None, passed=True)
    for status in sorted(runs):
        yield Figure(f"simulate.runs.{status}", runs[status], "runs", None, passed=True)


def _none(name: str, count: int, unit: str) -> Figure:
    goal = Goal("==", 0)
    return Figure(name, count, unit, str(goal), passed=goal.met(count))


def _show(seed: int) -> int:
    played = play(seed)
    found = Found(played)
    print(played.rules.text)
    print("\n".join(played.trace))
    for run_id, run in sorted(found.runs.items()):
        why = f" {run.error.code}: {run.error.message}" if run.error else ""
        print(f"\n{run.rule} {run_id} {run.status}{why}")
        for step in found.steps[run_id]:
            error = f" {step.error.code}" if step.error else ""
            shown = (step.input or b"").decode()
            print(f"  {step.seq} {step.node} {step.what} {step.state}{error} {step.tries} {step.id} {shown}")
    said = broken(played)
    print("\n".join(["", *said]) if said else "\nPASS")
    return int(bool(said))
