"""Chaos is run from the root of the repository and is not installed; its plugin is that of the flow tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
sys.path.append(str(Path(__file__).parents[1] / "runtime" / "flows"))
