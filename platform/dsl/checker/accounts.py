"""Constant arguments that name something of a connected account, compared with what the account is known to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import name_codes, nodes, step_codes
from treadle.dsl.catalogue import Account, Catalogue
from treadle.dsl.checker.constants import constant_of

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference


def account_of(catalogue: Catalogue, plugin: str, connection: str | None) -> Account | None:
    """The account behind a connection; for the default one the only account of the plugin, or the one of its name."""
    if connection is not None:
        return catalogue.accounts.get(connection)
    of_plugin = [each for each in catalogue.accounts.values() if each.plugin == plugin]
    return of_plugin[0] if len(of_plugin) == 1 else catalogue.accounts.get(plugin)


def check_choice(inference: Inference, value: nodes.Expr, kind: str, plugin: str, connection: str | None) -> None:
    """Compare each constant text of the value with the account's values of a kind, by name or id."""
    workspace, shown = inference.file.workspace, connection or plugin
    account = account_of(workspace.catalogue, plugin, connection)
    constants = _constants(inference, value)
    if not constants:
        return
    if account is None:
        if shown not in workspace.unchecked:
            workspace.unchecked.add(shown)
            inference.desk.report(step_codes.NOT_CHECKED, value.span, connection=shown)
        return
    choices = account.choices.get(kind)
    if choices is None:
        return
    known = {name for each in choices for name in (each.name, each.id)}
    for node, text in constants:
        if text not in known:
            _unknown(inference, node, text, kind, shown, [each.name for each in choices])


def _constants(inference: Inference, value: nodes.Expr) -> list[tuple[nodes.Expr, str]]:
    items = value.items if isinstance(value, nodes.ListExpr) else (value,)
    found = [(item, constant_of(item, inference.file)) for item in items]
    return [(item, str(constant.value)) for item, constant in found if constant and constant.kind == "text"]


def _unknown(inference: Inference, node: nodes.Expr, text: str, kind: str, shown: str, names: list[str]) -> None:
    from treadle.dsl.diagnostics import Fix, TextEdit
    from treadle.dsl.spelling import suggest

    near = suggest(text, names)
    notes = (f'did you mean "{near}"?',) if near else ()
    exact = near is not None and isinstance(node, nodes.Constant)
    fixes = (Fix(f'write "{near}"', (TextEdit(node.span.start, node.span.end, f'"{near}"'),)),) if exact else ()
    inference.desk.report(
        name_codes.UNKNOWN_CHOICE,
        node.span,
        notes=notes,
        fixes=fixes,
        connection=shown,
        kind=kind.removesuffix("s"),
        value=f'"{text}"',
    )
