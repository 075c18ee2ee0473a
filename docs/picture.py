"""Draws docs/images/run.svg: a rule and what a real demo printed about it. Run it when the demo's looks change.

Owns the drawing only; the text is what `treadle demo --once` says on this machine, colours included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

ROOT = Path(__file__).parents[1]
WIDTH = 112


def said() -> str:
    """The demo's output, with colours."""
    with tempfile.TemporaryDirectory() as home:
        looks = {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color", "TREADLE_HOME": home}
        argv = [sys.executable, "-m", "treadle", "demo", "--plugin", "kommo", "--once", "--port", "0"]
        return subprocess.run(
            argv, cwd=ROOT, env={**os.environ, **looks}, capture_output=True, text=True, check=True
        ).stdout


def main() -> None:
    """Write the picture."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    rule = (ROOT / "rules/01_tag_vip.rule").read_text(encoding="utf-8")
    console.print(Syntax(rule, "ruby", theme="ansi_dark", background_color="default"))
    console.print(Text.from_ansi(said().strip()))
    console.save_svg(str(ROOT / "docs/images/run.svg"), title="make run")


if __name__ == "__main__":
    main()
