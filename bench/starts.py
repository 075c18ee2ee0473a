"""How long the program takes to start: `treadle up` to its first ready answer, and two short commands.

The figures are those of a user at a terminal: a process is started, an answer is awaited, wall time is taken.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, figure, median
from bench.processes import free_port, started
from bench.service import TREADLE, await_ok, command, environment

SAMPLE = Path(__file__).parents[1] / "tests" / "samples" / "rules" / "01_tag_vip.rule"


def starts(folder: Path, repeats: int) -> list[Figure]:
    """`treadle up` on an empty home, then on the same home again."""
    with _home(folder / "home") as home:
        first = _up(home, folder)
        later = [_up(home, folder) for _ in range(repeats)]
    return [figure("start.first_s", first, "s"), figure("start.next_s", median(later), "s")]


def commands(folder: Path, repeats: int) -> list[Figure]:
    """`treadle --help`, and `treadle check` of one small file."""
    env = environment(folder / "home")
    small = str(shutil.copy(SAMPLE, folder))
    return [
        figure("cli.help_ms", _timed(lambda: command(["--help"], env), repeats), "ms"),
        figure("cli.check_ms", _timed(lambda: command(["check", small], env), repeats), "ms"),
    ]


def _up(home: Path, folder: Path) -> float:
    """Seconds from the start of the process to the first 200 of /health/ready."""
    port = free_port()
    began = time.monotonic()
    with started("up", [*TREADLE, "up", "--port", str(port)], folder, env=_embedded(home)) as child:
        await_ok(child, port, "/health/ready", 60.0)
        return time.monotonic() - began


def _embedded(home: Path) -> dict[str, str]:
    env = environment(home)
    del env["ENCRYPTION_KEY"]  # made and kept in its home, as on a user's machine
    return env


@contextlib.contextmanager
def _home(home: Path) -> Iterator[Path]:
    """A TREADLE_HOME; what root's embedded server keeps outside of it is removed too."""
    try:
        yield home
    finally:
        for link in home.glob("pg*"):
            if link.is_symlink():
                shutil.rmtree(link.resolve().parent, ignore_errors=True)


def _timed(action: Callable[[], object], repeats: int) -> float:
    """Median milliseconds, after one unmeasured call that fills the file caches."""
    action()
    taken = []
    for _ in range(repeats):
        began = time.monotonic()
        action()
        taken.append((time.monotonic() - began) * 1000)
    return median(taken)
