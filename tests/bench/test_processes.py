"""Children are measured with all below them and are gone afterwards."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from bench.processes import HarnessError, cpu_seconds, memory_mb, started, tree

PROC = Path("/proc/self/stat").exists()
BUSY = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}]); print('done', flush=True)"
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
below = os.fork()
if below == 0: time.sleep(60)
print(below, flush=True)
time.sleep(60)
"""


def test_cpu_of_ended_descendants_is_kept(tmp_path: Path) -> None:
    with started("it", [sys.executable, "-c", WITH_CHILD + "; input()"], tmp_path, talks=True) as child:
        assert child.hear(20.0) == b"done"
        assert cpu_seconds(child.pid) >= (0.2 if PROC else 0.0)
        assert memory_mb(child.pid) > (1 if PROC else -1)


def test_a_child_and_its_children_are_gone_even_if_they_will_not_go(tmp_path: Path) -> None:
    with started("it", [sys.executable, "-c", STUBBORN], tmp_path, talks=True) as child:
        both = [child.pid, int(child.hear(20.0))]
        assert tree(child.pid) == (both if PROC else [child.pid])
        child.stop(grace_s=0.1)
    deadline = time.monotonic() + 5
    while any(_lives(pid) for pid in both) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(_lives(pid) for pid in both)


def test_the_error_of_a_child_that_ended_carries_its_log(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit('no luck today')"]
    with started("it", program, tmp_path, talks=True) as child, pytest.raises(HarnessError, match="no luck today"):
        child.hear(20.0)


def test_silence_is_an_error_after_its_time(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "input()"]
    with started("it", program, tmp_path, talks=True) as child, pytest.raises(HarnessError, match="said nothing"):
        child.hear(0.1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return not PROC or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
