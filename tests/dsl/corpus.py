"""The world of the cases as data: `python -m tests.dsl.corpus` writes it, for implementations that are not this one."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.dsl.catalogue import CATALOGUE

WORLD = Path(__file__).with_name("cases") / "world.json"


def world() -> str:
    """The catalogue that cases are checked against, as JSON."""
    return msgspec.json.format(msgspec.json.encode(CATALOGUE), indent=1).decode() + "\n"


if __name__ == "__main__":
    WORLD.write_text(world(), encoding="utf-8")
