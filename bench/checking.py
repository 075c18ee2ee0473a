"""How long checking takes: a whole workspace from the command line, and one edit in an open project.

The workspace is that of `rule_files`. Cold is a process that has never seen the files, warm one that has; both are wall
time of `treadle check` as a user waits for it, their memory the most that the process held. An edit is measured inside
one process, as an editor's server feels it: a condition of one rule changes, everything is known again, checks across
rules included.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from bench.figures import Figure, figure, median
from bench.processes import HarnessError
from bench.rule_files import workspace
from bench.service import TREADLE, environment

RULES = 1_000
_EDITS = 25


def measure(folder: Path, repeats: int, rules: int = RULES) -> list[Figure]:
    """The figures of one workspace. Raises HarnessError when it does not check clean."""
    files = workspace(rules)
    rule_files = folder / "rules"
    rule_files.mkdir()
    for name, text in files.items():
        (rule_files / name).write_text(text, encoding="utf-8")
    colds = [_check(folder, rule_files, cold=True) for _ in range(max(3, repeats // 2))]
    warms = [_check(folder, rule_files, cold=False) for _ in range(max(3, repeats // 2))]
    one, two = _growth(files, workspace(2 * rules))
    return [
        figure("check.lines", sum(text.count("\n") for text in files.values()), "lines"),
        figure("check.cold_s", median([seconds for seconds, _ in colds]), "s"),
        figure("check.cold_mb", max(memory for _, memory in colds), "MB"),
        figure("check.warm_s", median([seconds for seconds, _ in warms]), "s"),
        figure("check.edit_ms", _edit(files), "ms"),
        figure("check.growth", two / one, "times"),
    ]


def _check(folder: Path, rules: Path, *, cold: bool) -> tuple[float, float]:
    """Seconds and megabytes of one `treadle check`."""
    cache = folder / "cache"
    if cold:
        shutil.rmtree(cache, ignore_errors=True)
    env = {**environment(folder / "home"), "XDG_CACHE_HOME": str(cache)}
    began = time.monotonic()
    child = os.posix_spawn(
        TREADLE[0], [*TREADLE, "check", str(rules)], env, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", 1, 0)]
    )
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise HarnessError("the workspace that is measured does not check clean")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def _edit(files: dict[str, str]) -> float:
    """Median milliseconds from an edit until everything is known again."""
    from treadle.cli.world import catalogue_for
    from treadle.dsl.project import Project

    project = Project(catalogue_for(files), files)
    project.diagnostics()
    taken = []
    for at, (name, text) in enumerate(list(files.items())[:_EDITS]):
        project.set(name, text.replace("worth", f"valued {at}", 1).replace("offer", f"gift {at}", 1))
        began = time.process_time()
        project.diagnostics()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


def _growth(*workspaces: dict[str, str]) -> list[float]:
    """Seconds of processor time to compile each, never seen before."""
    from treadle.cli.world import catalogue_for
    from treadle.dsl.facade import compile_files
    from treadle.dsl.parser.declarations import read_declaration

    taken = []
    for files in workspaces:
        catalogue = catalogue_for(files)
        read_declaration.cache_clear()
        began = time.process_time()
        compile_files(files, catalogue)
        taken.append(time.process_time() - began)
    return taken
