"""Limits as plain data."""

from __future__ import annotations

from treadle.dsl import graph, nodes
from treadle.dsl.checker import FileScope
from treadle.dsl.checker.constants import amount_of, seconds_of


def lower_limit(file: FileScope, decl: nodes.LimitDecl) -> graph.Limit:
    """The limit, checked without an error."""
    used = file.uses[decl.of.text] if decl.of is not None else None
    seconds = seconds_of(decl.window, file)
    assert seconds is not None  # checked without an error
    return graph.Limit(
        name=str(decl.name.value),
        file=file.module.file,
        span=decl.span,
        amount=str(amount_of(decl.amount, file)),
        what=decl.what,
        window=seconds,
        otherwise=decl.otherwise,
        plugin=used.plugin if used else None,
        connection=used.connection if used else None,
        per=decl.per.text if decl.per is not None else None,
    )
