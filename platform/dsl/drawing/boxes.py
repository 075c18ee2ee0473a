"""Where every card and line of a picture stands. Owns the layout; paints nothing.

A box is as wide as it must be and has one line through it from top to bottom, its axis. Boxes under each other share an
axis; ways stand side by side under what chooses between them. All figures are pixels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

import msgspec

from treadle.dsl.drawing.outline import Item, Way
from treadle.dsl.drawing.words import Sort, Words, of_node
from treadle.dsl.spans import Span

GAP = 26.0  # between what stands under each other
BESIDE = 30.0  # between ways
PAD = 14.0  # inside a card and around a block
TITLE = 20.0  # height of a title's line
LINE = 17.0  # height of a further line
CHIP = 22.0  # height of the label of a way
NARROWEST = 150.0
_TITLE_CHARACTER, _CHARACTER = 7.9, 6.7
_LONGEST = 46  # characters of a line
_MOST_LINES = 6


class Card(msgspec.Struct, frozen=True):
    """One card: its corner, its size, what stands on it. `step` and `span` say what it is a picture of."""

    x: float
    y: float
    width: float
    height: float
    sort: Sort
    title: tuple[str, ...]
    lines: tuple[str, ...]
    step: str | None
    span: Span | None


class Frame(msgspec.Struct, frozen=True):
    """The border around a block."""

    x: float
    y: float
    width: float
    height: float


class Link(msgspec.Struct, frozen=True):
    """A line through points, with right angles; `arrow` at its end."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = False


class Chip(msgspec.Struct, frozen=True):
    """The label of a way, around its middle."""

    x: float
    y: float
    text: str


Part = Card | Frame | Link | Chip
Place = Callable[[float, float], list[Part]]


class Box(msgspec.Struct, frozen=True):
    """`left` and `right` of the axis, `height`; `place(axis, top)` gives the parts. `ends` when no line leaves it."""

    left: float
    right: float
    height: float
    place: Place
    ends: bool = False


def card(words: Words, step: str | None, span: Span | None, *, ends: bool = False) -> Box:
    """A card alone."""
    title = tuple(_wrapped(words.title, 2))
    lines = tuple(short for line in words.lines for short in _wrapped(line, 3))
    if len(lines) > _MOST_LINES and words.sort != "head":
        lines = (*lines[: _MOST_LINES - 1], "…")
    widest = max([len(each) * _TITLE_CHARACTER for each in title] + [len(each) * _CHARACTER for each in lines])
    width = max(NARROWEST, widest + 2 * PAD + 10)
    height = len(title) * TITLE + len(lines) * LINE + 2 * PAD - 6

    def place(axis: float, top: float) -> list[Part]:
        return [Card(axis - width / 2, top, width, height, words.sort, title, lines, step, span)]

    return Box(width / 2, width / 2, height, place, ends)


def _wrapped(text: str, most: int) -> list[str]:
    lines = textwrap.wrap(text, _LONGEST, break_on_hyphens=False) or [""]
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][: _LONGEST - 1] + "…"]


def steps(items: Sequence[Item]) -> Box:
    """Items under each other."""
    return stack([item(each) for each in items])


def item(each: Item) -> Box:
    """A step with all ways through it."""
    top = card(of_node(each.node), each.node.id, each.node.span, ends=each.ends)
    if not each.ways:
        return top
    return _block(top, each.ways) if each.encloses else _choice(top, each.ways)


def stack(boxes: Sequence[Box]) -> Box:
    """Boxes under each other on one axis, joined by arrows."""
    if not boxes:
        return Box(NARROWEST / 4, NARROWEST / 4, 0.0, lambda axis, top: [])
    height = sum(each.height for each in boxes) + GAP * (len(boxes) - 1)

    def place(axis: float, top: float) -> list[Part]:
        parts: list[Part] = []
        for at, each in enumerate(boxes):
            if at and not boxes[at - 1].ends:
                parts.append(Link(((axis, top - GAP), (axis, top)), arrow=True))
            parts += each.place(axis, top)
            top += each.height + GAP
        return parts

    widths = max(each.left for each in boxes), max(each.right for each in boxes)
    return Box(*widths, height, place, boxes[-1].ends)


def _choice(top: Box, ways: Sequence[Way]) -> Box:
    """A card and its ways side by side, which come together again under them."""
    columns = [steps(way.items) for way in ways]
    labels = [max(len(way.label) * _CHARACTER + 18, 30) for way in ways]
    halves = [
        (max(each.left, label / 2), max(each.right, label / 2)) for each, label in zip(columns, labels, strict=True)
    ]
    axes, width = _beside(halves)
    middle = width / 2
    start = top.height + GAP + CHIP + GAP / 2
    depth = max(each.height for each in columns)
    ends = all(way.ends for way in ways)
    height = start + depth + (0 if ends else GAP)

    def place(axis: float, y: float) -> list[Part]:
        parts, bus = top.place(axis, y), y + top.height + GAP / 2
        foot = y + height
        for way, column, at in zip(ways, columns, axes, strict=True):
            x = axis - middle + at
            parts.append(Link(((axis, y + top.height), (axis, bus), (x, bus), (x, y + start)), arrow=bool(way.items)))
            parts.append(Chip(x, y + top.height + GAP + CHIP / 2, way.label))
            parts += column.place(x, y + start)
            if not way.ends:
                parts.append(
                    Link(((x, y + start + column.height), (x, foot - GAP / 2), (axis, foot - GAP / 2), (axis, foot)))
                )
        return parts

    return Box(max(top.left, middle), max(top.right, middle), height, place, ends)


def _block(top: Box, ways: Sequence[Way]) -> Box:
    """A title card with blocks side by side in a frame."""
    columns = [stack([_label(way.label), steps(way.items)] if way.label else [steps(way.items)]) for way in ways]
    axes, inner = _beside([(each.left, each.right) for each in columns])
    half = max(inner / 2, top.left, top.right) + PAD
    height = top.height + GAP + max(each.height for each in columns) + PAD

    def place(axis: float, y: float) -> list[Part]:
        parts: list[Part] = [Frame(axis - half, y + top.height / 2, 2 * half, height - top.height / 2)]
        parts += top.place(axis, y)
        for column, at in zip(columns, axes, strict=True):
            x, bus = axis - inner / 2 + at, y + top.height + GAP / 2
            parts.append(Link(((axis, y + top.height), (axis, bus), (x, bus), (x, y + top.height + GAP)), arrow=True))
            parts += column.place(x, y + top.height + GAP)
        return parts

    return Box(half, half, height, place)


def _label(text: str) -> Box:
    half = (len(text) * _CHARACTER + 18) / 2
    return Box(half, half, CHIP, lambda axis, top: [Chip(axis, top + CHIP / 2, text)])


def _beside(halves: Sequence[tuple[float, float]]) -> tuple[list[float], float]:
    """The axes of boxes side by side, from the left edge, and the width of all."""
    axes, x = [], 0.0
    for left, right in halves:
        axes.append(x + left)
        x += left + right + BESIDE
    return axes, x - BESIDE
