"""X3: what only looks at rules touches nothing, whatever the rules would do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_x3_looking_at_rules_does_nothing(database_home: Path, tmp_path: Path) -> None:
    """Every route that checks, previews or plays: no call, no process, no file, no name looked up, nothing kept."""
    (tmp_path / "switch").write_bytes(b"\0")
    (tmp_path / "notes").write_bytes(b"")
    environment = {**os.environ, "PYTHONPATH": str(HERE / "watched"), "PYTHON_WATCHED": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "tests.api.looking", str(database_home), address]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, cwd=HERE.parents[1], env=environment
        )
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == []
    assert (tmp_path / "notes").read_text() == ""
