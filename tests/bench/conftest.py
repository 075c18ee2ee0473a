"""The benchmark is run from the root of the repository and is not installed; its tests find it there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2]))

from bench.measure import Range, measuring


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Range]:
    """A load generator and a sink, as processes."""
    monkeypatch.chdir(Path(__file__).parents[2])
    with measuring(tmp_path) as lane:
        yield lane
