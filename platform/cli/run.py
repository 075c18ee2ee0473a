"""`treadle run`: one event through one file, by the very machine that runs rules live. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.output import json_option

if TYPE_CHECKING:
    from treadle.runtime.tryout import Tryout
