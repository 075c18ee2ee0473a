"""What changed between two sets of rule files, by what they say: spaces, comments and needless brackets are no change.

`compare` is the door. It works on trees alone, so that files with faults can be compared too, and those of another
installation.
"""

from __future__ import annotations

from treadle.dsl.changes.declarations import compare
from treadle.dsl.changes.shapes import Change, Part

__all__ = ["Change", "Part", "compare"]
