"""What changed inside of a declaration that is there on both sides."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.changes.parts import Item, Parts
from treadle.dsl.changes.shapes import Part
from treadle.dsl.matching import Pairs, Row, pair

Named = dict[str, Item]


def parts_changed(old: Parts, new: Parts, line: int) -> tuple[Part, ...]:
    """The parts that changed, in the order of their lines; `line` is that of the new declaration."""
    found: list[Part] = []
    if old.head != new.head:
        found.append(Part(what="changed", part="head", line=line, before=old.shown, after=new.shown))
    for sort in dict.fromkeys(each.sort for each in (*old.items, *new.items)):
        found += _of_sort(_named(old, sort), _named(new, sort))
    return tuple(sorted(found, key=lambda each: (each.line, each.what != "removed")))


def _named(parts: Parts, sort: str) -> Named:
    return {each.name: each for each in parts.items if each.sort == sort}


def _of_sort(old: Named, new: Named) -> Iterator[Part]:
    pairs = pair(_row(new), _row(old))
    gone = {b for many in pairs for _, b in many}
    here = {a for many in pairs for a, _ in many}
    for a, b in pairs.edited:
        yield _part("changed", new[a], before=old[b].shown, after=new[a].shown)
    for a in _moved(pairs, old, new):
        yield _part("moved", new[a], after=new[a].shown)
    for name, item in new.items():
        if name not in here:
            yield _part("added", item, after=item.shown)
    for name, item in old.items():
        if name not in gone:
            yield _part("removed", item, before=item.shown)


def _moved(pairs: Pairs, old: Named, new: Named) -> Iterator[str]:
    """Those that went elsewhere in order, and those that stand in another block; what goes along with its block does
    not count.
    """
    now = {b: a for many in pairs for a, b in many}
    along = {a for a, _ in pairs.moved}
    for a, b in pairs.moved:
        inside = new[a].inside
        if inside is None or inside[0] not in along or _block(old[b], now) != inside:
            yield a
    for a, b in pairs.stayed:
        if _block(old[b], now) != new[a].inside:
            yield a


def _block(item: Item, now: dict[str, str]) -> tuple[str, int] | None:
    """The block of an old item, by what its step is called now."""
    return None if item.inside is None else (now.get(item.inside[0], ""), item.inside[1])


def _row(items: Named) -> Row:
    return Row(
        list(items),
        {name: each.says for name, each in items.items()},
        {name: each.kind for name, each in items.items()},
    )


def _part(what: str, item: Item, *, before: str | None = None, after: str | None = None) -> Part:
    step = item.name if item.sort == "step" else None
    return Part(what=what, part=item.sort, line=item.line, step=step, before=before, after=after)  # type: ignore[arg-type]
