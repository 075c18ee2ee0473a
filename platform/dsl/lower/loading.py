"""Which expressions need a field that no delivery carries, so that the entity has to be read first."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import nodes
from treadle.dsl.checker.fitting import Fitting
from treadle.dsl.checker.tables import BuiltinRef, Local, OwnRef, Tables
from treadle.dsl.checker.walking import bare, children
from treadle.dsl.typesystem import plain

_REACHING = (nodes.Name, nodes.Member, nodes.Index, nodes.Group)


class Loading:
    """Answers for one declaration and the names of events in it; without any, nothing has to be read."""

    def __init__(self, tables: Tables, fitting: Fitting, events: Iterable[str]) -> None:
        self._tables = tables
        self._fit = fitting
        names = tables.names
        self._events = frozenset(name for name in events if name not in names or fitting.hides(names[name]))

    def needed(self, node: nodes.Expr) -> bool:
        """Whether the expression reads what is not carried, or hands on a whole that has such a part."""
        left = [node] if self._events else []
        while left:
            at = left.pop()
            if isinstance(at, nodes.Constant):
                continue
            chain = self._chain(at) if isinstance(at, _REACHING) else None
            if chain is None:
                left += self._parts(at)
            elif self._uncarried(chain):
                return True
            else:
                left += _keys(at)
        return False

    def _parts(self, node: nodes.Expr) -> tuple[nodes.Expr, ...]:
        ref = self._tables.refs.get(node.id)
        if isinstance(node, nodes.CallExpr) and isinstance(ref, BuiltinRef | OwnRef):
            receiver = (node.of.of,) if ref.method and isinstance(node.of, nodes.Member) else ()
            return (*receiver, *(arg.value for arg in node.args))
        return children(node)

    def _chain(self, node: nodes.Expr) -> list[nodes.Expr] | None:
        """The event's name and what is reached through it, from the left; None when it starts with something else."""
        chain: list[nodes.Expr] = []
        at = bare(node)
        while isinstance(at, nodes.Member | nodes.Index):
            chain.append(at)
            at = bare(at.of)
        ref = self._tables.refs.get(at.id) if isinstance(at, nodes.Name) else None
        return [at, *reversed(chain)] if isinstance(ref, Local) and ref.name in self._events else None

    def _uncarried(self, chain: list[nodes.Expr]) -> bool:
        reached = self._tables.types[chain[0].id]
        for link in chain[1:]:
            record = self._fit.record(plain(reached))
            if isinstance(link, nodes.Member) and record is not None:
                field = next((each for each in record.fields if each.name == link.name.text), None)
                if field is not None and not field.carried:
                    return True
            reached = self._tables.types[link.id]
        return self._fit.hides(reached)


def _keys(node: nodes.Expr) -> list[nodes.Expr]:
    keys = []
    at = bare(node)
    while isinstance(at, nodes.Member | nodes.Index):
        if isinstance(at, nodes.Index):
            keys.append(at.key)
        at = bare(at.of)
    return keys
