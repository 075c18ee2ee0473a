"""What is listened for, in `when`, `stop when` and `wait for`: which event it is and what it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import clause_codes, name_codes, nodes
from treadle.dsl.checker import actions
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.constants import constant_texts
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.scopes import CLOCK, FileScope, taken
from treadle.dsl.checker.tables import EventRef, TriggerRef
from treadle.dsl.typesystem import JSON, TEXT, UNKNOWN, Field, MapOf, Record, Type

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

WEBHOOK = Record(
    (
        Field("json", JSON, "The body, when it is JSON."),
        Field("text", TEXT, "The body as text."),
        Field("headers", MapOf(TEXT), "The headers, names in small letters."),
        Field("query", MapOf(TEXT), "What stands behind the `?`."),
    ),
    "Webhook",
)


def heard_type(inference: Inference, heard: nodes.Heard, env: Env) -> Type:
    """The type of the event; Unknown, reported, when there is none. What it refers to is noted under the node's id."""
    if heard.alias is None:
        found = event_record(inference, heard.trigger)
        if found is None:
            return UNKNOWN
        inference.tables.refs[heard.id] = EventRef(heard.trigger.text)
        place = env.at("an argument of a trigger", "An argument of a trigger")
        actions.check_arguments(inference, heard.args, (), place, heard.trigger.text, heard.span)
        return found
    return _trigger_type(inference, heard, heard.alias, env)


def _trigger_type(inference: Inference, heard: nodes.Heard, alias: nodes.Ident, env: Env) -> Type:
    found, name = actions.in_use(inference, alias.text, alias.span), heard.trigger
    if found is None or found.spec is None:
        return UNKNOWN
    spec = found.spec.triggers.get(name.text)
    if spec is None:
        triggers = list(found.spec.triggers)
        inference.desk.misspelt(name_codes.UNKNOWN_TRIGGER, name.span, name.text, triggers, plugin=found.plugin)
        return UNKNOWN
    inference.tables.refs[heard.id] = TriggerRef(found.plugin, found.connection, spec)
    place = env.at("an argument of a trigger", "An argument of a trigger")
    callee, connection = f"{alias.text}.{name.text}", (found.plugin, found.connection)
    actions.check_arguments(inference, heard.args, spec.params, place, callee, heard.span, connection)
    holders = constant_texts(heard.args, inference.file)
    return inference.file.workspace.shapes.payload(spec.payload, found.plugin, found.connection, holders)


def event_record(inference: Inference, name: nodes.Ident) -> Record | None:
    """What an event of one's own brings; None, reported unless its cause was, when there is no such event."""
    workspace = inference.file.workspace
    if name.text in workspace.events:
        return declared_event(*workspace.events[name.text])
    if name.text in workspace.later or workspace.leaky:
        inference.tables.unresolved = True
        return None
    uses = inference.file.uses.items()
    owner = next((alias for alias, each in uses if each.spec and name.text in each.spec.triggers), None)
    if owner is not None:
        notes = (f"did you mean `{owner}.{name.text}`?",)
        inference.desk.report(clause_codes.UNKNOWN_EVENT, name.span, notes=notes, name=name.text)
    else:
        inference.desk.misspelt(clause_codes.UNKNOWN_EVENT, name.span, name.text, list(workspace.events))
    return None


def declared_event(file: FileScope, decl: nodes.EventDecl) -> Record:
    """The fields of a declared event; types that are none are reported where it is declared."""
    silent, used = Desk(file.module.file), set[str]()
    fields = tuple(Field(each.name.text, resolve(each.type, file, silent, used)) for each in decl.fields)
    return Record(fields, decl.name.text)


def check_free(inference: Inference, name: nodes.Ident, env: Env) -> bool:
    """Whether a step or a clause may give the name; reported when it may not."""
    if first := env.first_given(name.text) or inference.file.first_given(name.text):
        taken(inference.desk, name, first)
        return False
    if name.text in CLOCK:
        inference.desk.report(name_codes.NAME_RESERVED, name.span, name=name.text, what=CLOCK[name.text])
        return False
    return True


def note_name(inference: Inference, name: nodes.Ident, type: Type) -> Type:
    """Note the type of a name for the graph, joined with what other paths give it; reported when they have nothing in
    common.
    """
    from treadle.dsl import type_codes
    from treadle.dsl.typesystem import show

    names = inference.tables.names
    joined = inference.fit.join(names[name.text], type) if name.text in names else type
    if joined is None:
        left, right = show(names[name.text]), show(type)
        inference.desk.report(type_codes.NOTHING_IN_COMMON, name.span, what=f"`{name.text}`", left=left, right=right)
        joined = UNKNOWN
    names[name.text] = joined
    return joined
