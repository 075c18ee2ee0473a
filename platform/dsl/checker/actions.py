"""Calls with named arguments: of actions, triggers and sequences. Owns the check of arguments against parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from treadle.dsl import name_codes as codes
from treadle.dsl import nodes, type_codes
from treadle.dsl.catalogue import Param
from treadle.dsl.checker.accounts import check_choice
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.scopes import InUse
from treadle.dsl.checker.tables import ActionRef
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.spans import Span

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference


def in_use(inference: Inference, name: str, span: Span) -> InUse | None:
    """The plugin in use under a name; None, reported unless its cause was, when there is none."""
    file = inference.file
    inference.used.add(name)
    if found := file.uses.get(name):
        inference.tables.unresolved |= found.spec is None
        return found
    inference.tables.unresolved = True
    if name in file.later or file.leaky:
        return None
    known = list(file.uses)
    if name in file.workspace.catalogue.plugins:
        top = next((decl.span.start for decl in file.module.decls if not isinstance(decl, nodes.Edition)), 0)
        fix = Fix(f"add `use {name}`", (TextEdit(top, top, f"use {name}\n"),))
        inference.desk.report(
            codes.NOT_IN_USE, span, notes=(f"write `use {name}` at the top",), fixes=(fix,), name=name
        )
    else:
        inference.desk.misspelt(codes.NOT_IN_USE, span, name, known)
    return None


def action_of(inference: Inference, node: nodes.CallExpr) -> ActionRef | None:
    """The action that `plugin.action(...)` calls; None, reported, when there is none."""
    assert isinstance(node.of, nodes.Member)  # asked by the caller
    assert isinstance(node.of.of, nodes.Name)
    return action_at(inference, node.of.of, node.of.name)


def action_at(inference: Inference, alias: nodes.Name | nodes.Ident, name: nodes.Ident) -> ActionRef | None:
    """The action behind `alias.name`; None, reported unless its cause was, when there is none."""
    found = in_use(inference, alias.text, alias.span)
    if found is None or found.spec is None:
        return None
    spec = found.spec.actions.get(name.text)
    if spec is None:
        notes = dict.fromkeys(found.spec.actions)
        inference.desk.misspelt(codes.UNKNOWN_ACTION, name.span, name.text, list(notes), plugin=found.plugin)
        return None
    return ActionRef(found.plugin, found.connection, spec)


def check_arguments(
    inference: Inference,
    args: tuple[nodes.Argument, ...],
    params: Iterable[Param],
    env: Env,
    callee: str,
    span: Span,
    connection: tuple[str, str | None] | None = None,
) -> None:
    """Check named arguments against parameters; `connection` (plugin, name) when an account knows some values."""
    table = {param.name: param for param in params}
    seen: set[str] = set()
    broken = False
    for arg in args:
        if arg.name is None:
            broken = True
            inference.desk.report(type_codes.ARGUMENT_WITHOUT_NAME, arg.span, callee=callee)
            inference.infer(arg.value, env)
            continue
        name = arg.name.text
        if name in seen:
            inference.desk.report(type_codes.ARGUMENT_TWICE, arg.name.span, name=name)
        seen.add(name)
        if name in table:
            inference.expect(arg.value, env, table[name].type, f"`{name}`")
        else:
            broken = True
            left = [each for each in table if each not in {other.name.text for other in args if other.name}]
            inference.desk.misspelt(codes.UNKNOWN_ARGUMENT, arg.name.span, name, left or list(table), callee=callee)
            inference.infer(arg.value, env)
    if connection is not None:
        given = {arg.name.text: arg.value for arg in args if arg.name}
        for param in table.values():
            if param.pick and param.name in given:
                check_choice(inference, given, param, *connection)
    missing = [param.name for param in table.values() if param.required and param.name not in seen]
    if not broken:  # a misspelt name is the reason why the right one is missing
        for name in missing:
            inference.desk.report(type_codes.MISSING_ARGUMENT, span, callee=callee, name=name)
