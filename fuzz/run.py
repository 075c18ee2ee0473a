"""The command line of the fuzz: seeds for so many minutes, then every heavy text in a process of its own.

Owns what is run and printed; what a heavy text may cost stands in `fuzz.heavy`. Exit status: 0 all goals met, 1 not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path

from bench.figures import Figure, Goal, table, write

from fuzz.api import requests
from fuzz.heavy import bombs, long_files
from fuzz.seeds import Failure, try_seeds

BUILD = Path(__file__).parents[1] / "build"
_CHUNK = 50


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the fuzz and writes `build/fuzz.json`; texts that break a law are kept under `build/fuzz`."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="What the language must bear.")
    parser.add_argument("--minutes", type=float, default=60, help="of seeds; heavy texts take some six minutes more")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first seed (the clock)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--requests", type=int, default=100_000, help="to the API")
    parser.add_argument("--only", choices=("seeds", "bombs", "long", "api"), help="one part")
    given = parser.parse_args(argv)
    figures: list[Figure] = []
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "seeds": lambda: _seeds(given.seed, given.minutes, given.processes),
        "bombs": bombs,
        "long": long_files,
        "api": lambda: requests(given.requests, given.seed),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            print(f"\n{name}", flush=True)
            figures += _shown(part())
    write(BUILD / "fuzz.json", figures)
    missed = [each.name for each in figures if not each.passed]
    print(f"\n{len(figures)} figures in {BUILD / 'fuzz.json'}")
    print("FAIL: " + ", ".join(missed) if missed else f"PASS: {sum(bool(each.goal) for each in figures)} goals met")
    return int(bool(missed))


def _shown(figures: Iterator[Figure]) -> list[Figure]:
    found = []
    for each in figures:
        print(table([each]), flush=True)
        found.append(each)
    return found


def _seeds(first: int, minutes: float, processes: int) -> Iterator[Figure]:
    end = time.monotonic() + minutes * 60
    tried, failures = 0, list[Failure]()
    with ProcessPoolExecutor(processes) as pool:
        for start in count(first, _CHUNK * processes):
            if time.monotonic() >= end:
                break
            chunks = [range(start + at * _CHUNK, start + (at + 1) * _CHUNK) for at in range(processes)]
            for found in pool.map(try_seeds, chunks, [BUILD / "fuzz"] * processes):
                tried += _CHUNK
                failures += found
                for each in found:
                    print(f"  {each}", flush=True)
    yield Figure("seeds.first", first, "", None, passed=True)
    yield Figure("seeds.tried", tried, "texts", "> 0", passed=tried > 0)
    goal = Goal("==", 0)
    yield Figure("seeds.failures", len(failures), "texts", str(goal), passed=goal.met(len(failures)))
