"""Which expressions need a field that no delivery carries, so that the entity has to be read first."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import nodes
from treadle.dsl.checker.fitting import Fitting
from treadle.dsl.checker.tables import BuiltinRef, Local, OwnRef, Tables
from treadle.dsl.checker.walking import bare, children
from treadle.dsl.typesystem import ListOf, MapOf, Record, Type, plain


class Loading:
    """Answers for one declaration and the names of events in it; without any, nothing has to be read."""

    def __init__(self, tables: Tables, fitting: Fitting, events: Iterable[str]) -> None:
        self._tables = tables
        self._fit = fitting
        self._events = frozenset(events)

    def needed(self, node: nodes.Expr) -> bool:
        """Whether the expression reads what is not carried, or hands on a whole that has such a part."""
        if not self._events:
            return False
        chain = self._chain(node)
        if chain is not None:
            return self._uncarried(chain) or any(self.needed(key) for key in _keys(node))
        return any(self.needed(each) for each in self._parts(node))

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
        return self._hides(plain(reached), set())

    def _hides(self, type: Type, seen: set[str]) -> bool:
        """Whether a whole of this type has a part that is not carried."""
        match type:
            case ListOf(inner) | MapOf(inner):
                return self._hides(plain(inner), seen)
        record = self._fit.record(type)
        if not isinstance(record, Record) or (record.name and record.name in seen):
            return False
        seen.add(record.name or "")
        return any(not each.carried or self._hides(plain(each.type), seen) for each in record.fields)


def _keys(node: nodes.Expr) -> list[nodes.Expr]:
    keys = []
    at = bare(node)
    while isinstance(at, nodes.Member | nodes.Index):
        if isinstance(at, nodes.Index):
            keys.append(at.key)
        at = bare(at.of)
    return keys
