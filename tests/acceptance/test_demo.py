"""`make run ONCE=1` is `treadle demo --once`: two leads, one run, and status 0 only for effects that arrived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.acceptance.processes import ROOT, Home, until

SERVICES = ("--plugin", "kommo", "--plugin", "openrouter")


def test_the_demo_twice(home: Home) -> None:
    for _ in range(2):
        done = home.run("demo", *SERVICES, "--rules", "rules", "--port", "0", "--once")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "lead.price" in done.stdout
        assert "kommo.add_tags" in done.stdout
        assert "ask qualifier" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        until("nothing is left", lambda: not home.living(), within=10)


def test_killing_whoever_started_it_leaves_no_process(home: Home) -> None:
    """As `make run` under `kill -9`: make is gone at once and cannot tell anybody."""
    demo = f"{sys.executable} -m treadle demo --plugin kommo --plugin openrouter --rules rules --port 0; true"
    log = home.folder / "0-make.log"
    with log.open("wb") as output:
        make = subprocess.Popen(
            ["/bin/sh", "-c", demo],
            cwd=ROOT,
            env=home.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    until("the demo stays up", lambda: "Ctrl-C" in log.read_text())
    assert len(home.living()) >= 2

    os.kill(make.pid, signal.SIGKILL)
    make.wait()

    until("nothing is left", lambda: not home.living(), within=20)
