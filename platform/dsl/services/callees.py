"""What the brackets around a cursor belong to: an action, a trigger, a sequence, a function, the fields of an event."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from treadle.dsl import nodes
from treadle.dsl.builtins import table
from treadle.dsl.builtins.declaration import show_type
from treadle.dsl.catalogue import Param
from treadle.dsl.checker.hearing import declared_event
from treadle.dsl.checker.sequences import sequence_params
from treadle.dsl.services import describing
from treadle.dsl.services.prefixes import Frame
from treadle.dsl.services.probing import Cursor
from treadle.dsl.typesystem import Optional, Record, Type

_CALLEE = re.compile(r"([^\W\d]\w*)(?:\s*(\??\.)\s*([^\W\d]\w*))?\s*\Z")
_METHOD = re.compile(r"\.\s*([^\W\d]\w*)\s*\Z")
_SEQUENCE = re.compile(r'\b(?:start|run)\s+"((?:\\.|[^"\\])*)"\s*\Z')
_HEARS = re.compile(r"(?:\A|\s)(?:when|wait\s+for|given)\s+\Z")


class Callee(msgspec.Struct, frozen=True, kw_only=True):
    """What is called. `params` are taken by name, or by place when `positional`; `forms` are the ways to write a call
    of a function of the language, each as its parameters. `connection` is of the plugin that picks values.
    """

    name: str
    doc: str = ""
    params: tuple[Param, ...] = ()
    returns: Type | None = None
    kind: Literal["action", "trigger", "sequence", "function", "builtin"] = "action"
    forms: tuple[tuple[str, ...], ...] = ()
    plugin: str | None = None
    connection: str | None = None
    method: bool = False


def callee_of(cursor: Cursor, frame: Frame) -> Callee | None:
    """What the bracket is the argument list of."""
    if frame.mark != "(":
        return None
    before = cursor.prefix.code[: frame.at]
    if started := _SEQUENCE.search(before):
        return _sequence(cursor, started.group(1))
    found = _CALLEE.search(before)
    if found is None:
        return None
    first, dot, second = found.groups()
    if dot and first in cursor.view.scope.uses and first not in cursor.env.names:
        return _of_plugin(cursor, first, second, hears=bool(_HEARS.search(before[: found.start()])))
    method = _METHOD.search(before)
    return _function(cursor, method.group(1) if method else first, method=method is not None)


def _sequence(cursor: Cursor, name: str) -> Callee | None:
    found = cursor.view.scope.workspace.sequences.get(name)
    if found is None:
        return None
    doc = describing.comment_above(found[0].module.text, found[1].span.start)
    return Callee(name=f'"{name}"', doc=doc, params=sequence_params(*found), kind="sequence")


def _of_plugin(cursor: Cursor, alias: str, name: str, *, hears: bool) -> Callee | None:
    use = cursor.view.scope.uses[alias]
    if use.spec is None:
        return None
    base = Callee(name=f"{alias}.{name}", plugin=use.plugin, connection=use.connection)
    if not hears and name in use.spec.actions:
        action = use.spec.actions[name]
        return msgspec.structs.replace(base, doc=action.doc, params=action.params, returns=action.returns)
    if name in use.spec.triggers:
        trigger = use.spec.triggers[name]
        return msgspec.structs.replace(base, doc=trigger.doc, params=trigger.params, kind="trigger")
    return None


def _function(cursor: Cursor, name: str, *, method: bool) -> Callee | None:
    scope = cursor.view.scope
    if name in scope.functions:
        signature = scope.signature(name)
        params = tuple(Param(each, of) for each, of in signature.params)
        doc = describing.comment_above(scope.home(name).module.text, scope.home(name).functions[name].span.start)
        return Callee(name=name, doc=doc, params=params, returns=signature.returns, kind="function", method=method)
    if name in table() and table()[name].style == "function":
        builtin = table()[name]
        forms = tuple(tuple(f"{each.name}: {show_type(each.type)}" for each in form.params) for form in builtin.forms)
        return Callee(name=name, doc=builtin.doc, forms=forms, kind="builtin", method=method)
    return None


def fields_of(cursor: Cursor) -> Record | None:
    """The record that the braces around the cursor write, as far as it is known what is needed there."""
    inference = cursor.view.inference()
    for node in reversed(cursor.path):
        if isinstance(node, nodes.BraceExpr):
            needed = cursor.type_of(node)
            return inference.fit.record(needed.inner if isinstance(needed, Optional) else needed) if needed else None
    return None


def event_named(cursor: Cursor, name: str) -> Record | None:
    """The fields of an event of one's own."""
    found = cursor.view.scope.workspace.events.get(name)
    return declared_event(*found) if found else None
