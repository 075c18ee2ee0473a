"""`make run ONCE=1` is `treadle demo --once`: two leads, one run, and status 0 only for effects that arrived."""

from __future__ import annotations

from tests.acceptance.processes import Home, until


def test_the_demo_twice(home: Home) -> None:
    for _ in range(2):
        done = home.run("demo", "--plugin", "kommo", "--rules", "rules", "--port", "0", "--once")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "lead.price" in done.stdout
        assert "kommo.add_tags" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        until("nothing is left", lambda: not home.living(), within=10)
