"""Which expressions need a field that no delivery carries, so that the entity has to be read first."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.checker.fitting import Fitting
from treadle.dsl.checker.tables import BuiltinRef, Local, OwnRef, Tables
from treadle.dsl.checker.walking import bare, children
from treadle.dsl.typesystem import ListOf, MapOf, Record, Type, plain


class Loading:
    """Answers for one declaration and the name of its event, None for a sequence, which has no delivery."""

    def __init__(self, tables: Tables, fitting: Fitting, event: str | None) -> None:
        self._tables = tables
        self._fit = fitting
        self._event = event

    def needed(self, node: nodes.Expr) -> bool:
        """Whether the expression reads what is not carried, or hands on a whole that has such a part."""
        if self._event is None:
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
        if isinstance(at, nodes.Name) and self._tables.refs.get(at.id) == Local(self._event or ""):
            return [at, *reversed(chain)]
        return None

    def _uncarried(self, chain: list[nodes.Expr]) -> bool:
        reached = self._tables.names[self._event or ""]
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
