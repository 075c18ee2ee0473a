"""Limits: an amount, a window, and calls that can be counted."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import member_codes as codes
from treadle.dsl import nodes, step_codes
from treadle.dsl.catalogue import ActionSpec
from treadle.dsl.checker import bounds
from treadle.dsl.checker.actions import in_use
from treadle.dsl.checker.agents import check_money
from treadle.dsl.checker.constants import amount_of
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.inference import Inference
from treadle.dsl.spelling import suggest
from treadle.dsl.type_codes import NOT_CONSTANT
from treadle.dsl.typesystem import INT

MOST = 1_000_000_000
LONGEST_WINDOW = 366 * bounds.DAY


def check_limit(inference: Inference, decl: nodes.LimitDecl) -> bool:
    """Check a limit; all of it could be read, or it would not be here."""
    if decl.what == "spend":
        check_money(inference, decl.amount, "`at most`")
    else:
        _count(inference, decl.amount)
    bounds.constant_duration(inference, decl.window, "`per`", LONGEST_WINDOW)
    if decl.of is not None:
        in_use(inference, decl.of.text, decl.of.span)
    if decl.per is not None and not inference.desk.has_errors:
        _apart(inference, decl, decl.per)
    return True


def _count(inference: Inference, node: nodes.Expr) -> None:
    if inference.expect(node, Env(place="a constant", constant="A count"), INT, "`at most`") != INT:
        return
    amount = amount_of(node, inference.file)
    if amount is None:
        inference.desk.report(NOT_CONSTANT, node.span, what="A count", name=inference.written(node))
    elif not 1 <= amount <= MOST:
        inference.desk.report(step_codes.OUT_OF_RANGE, node.span, what="`at most`", low="1", high=f"{MOST:,}")


def _apart(inference: Inference, decl: nodes.LimitDecl, per: nodes.Ident) -> None:
    """What is counted apart must be an argument of some call that counts."""
    known = {param.name for spec in _counted(inference, decl) for param in spec.params}
    if known.isdisjoint((per.text, f"{per.text}_id")):
        near = suggest(per.text, sorted({name.removesuffix("_id") for name in known}))
        notes = (f"did you mean `{near}`?",) if near else ()
        inference.desk.report(codes.NOT_COUNTED_APART, per.span, notes=notes, name=per.text)


def _counted(inference: Inference, decl: nodes.LimitDecl) -> Iterator[ActionSpec]:
    plugins = inference.file.workspace.catalogue.plugins
    if decl.of is not None:
        found = inference.file.uses.get(decl.of.text)
        yield from found.spec.actions.values() if found and found.spec else ()
        return
    for plugin in plugins.values():
        yield from (spec for spec in plugin.actions.values() if spec.messages or decl.what != "messages")
