"""What heavy texts may cost, and whether they keep to it. Each is weighed in a process of its own.

What is beyond a limit is answered within a second by the compiler, and within five by each service that opens it. A
file as long as a file may be is real work: three seconds to compile one of ordinary rules, six for any other, ten for a
service that opens it, and about twice the time for twice the lines. Seconds are of CPU, memory is the most that the
whole process held.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import msgspec
from bench.figures import Figure, Goal

from fuzz import big
from fuzz.bombs import TEXTS, Bomb
from fuzz.weighing import Weight

LINES = 9_900
MEMORY_MB = Goal("<", 300)
BOMB_S = Goal("<", 1)
BOMB_SERVICE_S = Goal("<", 5)
RULES_S = Goal("<", 3)
COMPILE_S = Goal("<", 6)
SERVICE_S = Goal("<", 10)
GROWTH = Goal("<=", 2.4)  # 2 is linear, 4 is quadratic
_FROM_SECONDS = 0.5  # less than this says nothing about growth
_WALL_SECONDS = 300


def weighed(*text: str) -> Weight | None:
    """What the text of a kind and a name costs; None when its process gave no answer."""
    command = [sys.executable, "-m", "fuzz.weighing", *text]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_WALL_SECONDS, check=True)
    except subprocess.SubprocessError:
        return None
    return msgspec.json.decode(done.stdout, type=Weight)


def bombs() -> Iterator[Figure]:
    """The figures of every bomb."""
    for name, bomb in TEXTS.items():
        found = weighed("bomb", name)
        yield from _costs(f"bomb.{name}", found, BOMB_S, BOMB_SERVICE_S)
        right = found is not None and answers(bomb, found.codes)
        yield Figure(f"bomb.{name}.answered", int(right), "", "== 1", passed=right)


def answers(bomb: Bomb, codes: list[str]) -> bool:
    """Whether the errors are those that the bomb must have: one of its codes, or none."""
    errors = {each for each in codes if each.startswith("E")}
    return bool(errors & set(bomb.codes)) if bomb.codes else not errors


def long_files() -> Iterator[Figure]:
    """The figures of every file as long as a file may be."""
    for name in big.TEXTS:
        found, half = weighed("big", name, str(LINES)), weighed("big", name, str(LINES // 2))
        yield from _costs(f"long.{name}", found, RULES_S if name in big.ORDINARY else COMPILE_S, SERVICE_S)
        if found and half and found.seconds["compile"] > _FROM_SECONDS:
            growth = found.seconds["compile"] / half.seconds["compile"]
            yield _judged(f"long.{name}.growth", growth, "times", GROWTH)


def _costs(name: str, found: Weight | None, compiling: Goal, serving: Goal) -> Iterator[Figure]:
    if found is None:
        yield Figure(f"{name}.compile_s", None, "s", str(compiling), passed=False)
        return
    for service, took in found.seconds.items():
        yield _judged(f"{name}.{service}_s", took, "s", compiling if service == "compile" else serving)
    yield _judged(f"{name}.memory_mb", found.memory_mb, "MB", MEMORY_MB)


def _judged(name: str, value: float, unit: str, goal: Goal) -> Figure:
    return Figure(name, round(value, 3), unit, str(goal), passed=goal.met(value))
