"""Pictures of a graph: the text of a Mermaid flowchart, and SVG that needs nothing else.

`outline` finds the structure that a graph's links came from, `words` says what stands on a card, `boxes` gives every
card its place, `svg` paints. Pure.
"""

from __future__ import annotations

from treadle.dsl.drawing.mermaid import mermaid
from treadle.dsl.drawing.svg import svg

__all__ = ["mermaid", "svg"]
