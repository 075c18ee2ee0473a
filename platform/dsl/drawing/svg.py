"""Graphs as SVG: one picture, light or dark as its viewer likes, that needs no script, no font and no other file.

Owns colours and shapes. Each card carries the id of its step (`data-step`) and its place in the text (`data-line`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from treadle.dsl.drawing.boxes import LINE, PAD, TITLE, Box, Card, Chip, Frame, Link, Part, card, stack, steps
from treadle.dsl.drawing.outline import outline
from treadle.dsl.drawing.words import of_head
from treadle.dsl.graph import Graph

_MARGIN = 24.0
_ROUND = 8.0  # radius of the corners of lines
_CHARACTER = 6.7

_STYLE = """
svg.treadle { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; background: #fbfbfd;
  --ink: #1d2433; --soft: #5b6477; --line: #b6bdcb; --card: #ffffff; --edge: #dfe3ea; --frame: #f2f4f9; --chip: #eceff5;
  --head: #4338ca; --effect: #0e7490; --choice: #b45309; --time: #7c3aed; --value: #64748b; --block: #475569;
  --other: #94a3b8; --end: #15803d; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { svg.treadle { background: #12151c;
  --ink: #e8ebf2; --soft: #a4adbf; --line: #4a5468; --card: #1b202b; --edge: #2c3443; --frame: #161a23; --chip: #262d3a;
  --head: #a5b4fc; --effect: #67e8f9; --choice: #fbbf24; --time: #c4b5fd; --value: #94a3b8; --block: #a8b3c5;
  --other: #64748b; --end: #86efac; --bad: #fca5a5; } }
.card { fill: var(--card); stroke: var(--edge); } .frame { fill: var(--frame); stroke: var(--edge); }
.title { fill: var(--ink); font-size: 13px; font-weight: 600; } .tip { fill: var(--line); }
.link { fill: none; stroke: var(--line); stroke-width: 1.5; }
.line { fill: var(--soft); font-size: 11px; font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.chip { fill: var(--chip); } .label { fill: var(--soft); font-size: 11px; text-anchor: middle;
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
""".strip()


def svg(graphs: Sequence[Graph]) -> str:
    """The picture as the text of an SVG document: one graph, or several under each other."""
    parts, y = list[Part](), _MARGIN
    wholes = [_whole(graph) for graph in graphs]
    axis = max((each.left for each in wholes), default=0.0) + _MARGIN
    for whole in wholes:
        parts += whole.place(axis, y)
        y += whole.height + 2 * _MARGIN
    width = axis + max((each.right for each in wholes), default=0.0) + _MARGIN
    order: tuple[type, ...] = (Frame, Link, Chip, Card)  # what lies under what
    shown = [_part(each) for each in sorted(parts, key=lambda part: order.index(type(part)))]
    name = escape(", ".join(f"{graph.kind} {graph.name}" for graph in graphs))
    size = f'width="{width:.0f}" height="{y - _MARGIN:.0f}" viewBox="0 0 {width:.0f} {y - _MARGIN:.0f}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" class="treadle" role="img" aria-label="{name}" {size}>'
    return "\n".join([opening, f"<title>{name}</title>", f"<style>{_STYLE}</style>", *shown, "</svg>", ""])


def _whole(graph: Graph) -> Box:
    head, items = card(of_head(graph), None, graph.span), outline(graph)
    return stack([head, steps(items)]) if items else head


def _part(part: Part) -> str:
    match part:
        case Frame(x, y, width, height):
            return f'<rect class="frame" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="12"/>'
        case Link():
            return "".join(_link(part))
        case Chip(x, y, text):
            half = len(text) * _CHARACTER / 2 + 9
            box = f'<rect class="chip" x="{x - half:.1f}" y="{y - 10:.1f}" width="{2 * half:.1f}" height="20" rx="10"/>'
            return f'{box}<text class="label" x="{x:.1f}" y="{y + 4:.1f}">{escape(text)}</text>' if text else ""
        case Card():
            return "".join(_card(part))


def _card(part: Card) -> Iterator[str]:
    step = f' data-step="{escape(part.step)}"' if part.step else ""
    line = f' data-line="{part.span.line}"' if part.span else ""
    place = f'x="{part.x:.1f}" y="{part.y:.1f}"'
    yield f"<g{step}{line}>"
    yield f'<rect class="card" {place} width="{part.width:.1f}" height="{part.height:.1f}" rx="9"/>'
    stripe = f'x="{part.x:.1f}" y="{part.y + 9:.1f}" width="4" height="{part.height - 18:.1f}" rx="2"'
    yield f'<rect {stripe} style="fill: var(--{part.sort})"/>'
    x, y = part.x + PAD + 4, part.y + PAD + 8
    for text in part.title:
        yield f'<text class="title" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
        y += TITLE
    y -= TITLE - LINE - 1
    for text in part.lines:
        yield f'<text class="line" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
        y += LINE
    yield "</g>"


def _link(part: Link) -> Iterator[str]:
    points = [at for n, at in enumerate(part.points) if n == 0 or at != part.points[n - 1]]
    (x, y), path = points[0], ""
    path = f"M{x:.1f} {y:.1f}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _towards(corner, before), _towards(corner, after)
        path += f" L{enter[0]:.1f} {enter[1]:.1f} Q{corner[0]:.1f} {corner[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}"
    x, y = points[-1]
    yield f'<path class="link" d="{path} L{x:.1f} {y:.1f}"/>'
    if part.arrow:
        yield f'<path class="tip" d="M{x - 4:.1f} {y - 7:.1f} L{x + 4:.1f} {y - 7:.1f} L{x:.1f} {y:.1f} Z"/>'


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """A point near the corner on the way to the other point: where the rounding begins."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(_ROUND, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part
