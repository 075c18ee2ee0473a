"""What an index needs to know of one rule: which of its terms it can answer, and what is left for the evaluator.

Made once a rule and kept while the rule does not change, so that an index is built from finished parts.
"""

from __future__ import annotations

from collections.abc import Hashable
from sys import intern

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.compilation import Evaluation
from treadle.dsl.evaluator.matching import Where
from treadle.dsl.evaluator.paths import parts_of
from treadle.dsl.graph import Graph
from treadle.dsl.indexing.paths import Path
from treadle.dsl.indexing.predicates import Need, Test, as_test, need_of
from treadle.dsl.indexing.texts import Quick, quick_of


class Left(msgspec.Struct, frozen=True):
    """A term that no table answers. Terms with equal keys have the same answer for one event."""

    key: Hashable
    run: Evaluation
    quick: Quick | None


class Prepared(msgspec.Struct, frozen=True):
    """One rule as it hears an event under `name`.

    `needs` are by a name of their path. Where all of them are met and all of `left` is true, the rule fires, or with
    `loads` is still open; with `whole` its condition is asked from the beginning instead. `where` is None for a rule
    that never fires.
    """

    name: str
    zone: str
    where: Where | None
    needs: tuple[tuple[str, Need], ...] = ()
    left: tuple[Left, ...] = ()
    loads: bool = False
    whole: bool = False


def prepare(graph: Graph, where: Where | None, name: str) -> Prepared:
    """The graph's condition, which `where` is compiled from, on an event that is called `name`."""
    found: dict[Path, list[Test]] = {}
    left: list[Left] = []
    if where is None:
        return Prepared(name, graph.zone, None)
    known = name != "now"  # that is the clock, whatever a rule calls its event
    behind = False  # a term that loads: what stands behind it may be open where it has no answer
    settled = True
    for term, run in zip(graph.where, where.terms, strict=True):
        if term.loads:
            behind = True
            continue
        test = as_test(term.test, name) if known and settled else None
        if test is not None and (test.total or not behind):
            found.setdefault(test.path, []).append(test)
        else:
            settled = not behind
            quick = quick_of(term.test, name) if known else None
            left.append(Left(_key(term.test, name, graph), run, quick))
    whole = behind and bool(left)
    needs = tuple((intern(repr(path)), need_of(path, tests)) for path, tests in found.items())
    return Prepared(name, graph.zone, where, needs, () if whole else tuple(left), behind, whole)


def _key(term: ex.Expr, name: str, graph: Graph) -> Hashable:
    """Functions are their file's own, so a term that calls one is shared with nobody."""
    return object() if _calls_own(term) else (term, name, graph.zone)


def _calls_own(expr: ex.Expr) -> bool:
    if isinstance(expr, ex.Apply) and expr.own:
        return True
    return any(_calls_own(part) for part in parts_of(expr))
