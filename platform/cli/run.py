"""`treadle run`: one event through one file, by the very machine that runs rules live. Needs no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
