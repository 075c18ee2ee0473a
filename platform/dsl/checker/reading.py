"""Types of names, fields and items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import flow_codes, nodes, type_codes
from treadle.dsl import name_codes as codes
from treadle.dsl.builtins import members, table
from treadle.dsl.builtins.declaration import Builtin
from treadle.dsl.checker.accounts import check_part, in_account
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import is_kind
from treadle.dsl.checker.scopes import CLOCK
from treadle.dsl.checker.shapes import conversion
from treadle.dsl.checker.tables import BuiltinRef, JsonPart, KnownPart, LetRef, Local
from treadle.dsl.checker.walking import path_of, shown
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.parser.habits import MISSING
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import (
    DATE,
    DATETIME,
    INT,
    JSON,
    TEXT,
    UNKNOWN,
    Known,
    ListOf,
    MapOf,
    Optional,
    Scalar,
    Type,
    Unknown,
    plain,
    show,
)

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

_ASK = "what is missing has no name: ask with `is set` or `is not set`"


def name(inference: Inference, node: nodes.Name, env: Env, hint: Type | None) -> Type:
    """A name: of a step or a parameter, of the file, or of the clock."""
    text, file = node.text, inference.file
    inference.used.add(text)
    if given := env.names.get(text):
        inference.tables.refs[node.id] = Local(text)
        return narrowed(inference, node, given.type, env)
    if text in file.lets:
        inference.tables.refs[node.id] = LetRef(text)
        inference.tables.lets.add(text)
        return inference.let_type(text)
    if text in CLOCK:
        return _clock(inference, node, env)
    _report_unknown(inference, node, env, hint)
    return UNKNOWN


def _clock(inference: Inference, node: nodes.Name, env: Env) -> Type:
    if env.constant:
        inference.desk.report(type_codes.NOT_CONSTANT, node.span, what=env.constant, name=node.text)
    today = node.text == "today"
    inference.tables.refs[node.id] = BuiltinRef(table()["today"]) if today else Local("now")
    return DATE if today else DATETIME


def _report_unknown(inference: Inference, node: nodes.Name, env: Env, hint: Type | None) -> None:
    text, file, desk = node.text, inference.file, inference.desk
    if text in env.maybe:
        notes = (f"it is given in line {env.maybe[text].line}",)
        desk.report(codes.ON_SOME_PATHS, node.span, notes=notes, name=text)
    elif text in env.elsewhere:
        notes = (f"it is given in line {env.elsewhere[text].line}",)
        desk.report(flow_codes.STAYS_IN_BLOCK, node.span, notes=notes, name=text)
    elif text in file.uses:
        desk.report(codes.NOT_A_VALUE, node.span, name=text, what="a plugin")
    elif text in file.functions or text in table():
        notes = (f"call it: `{text}(...)`",)
        desk.report(codes.NOT_A_VALUE, node.span, notes=notes, name=text, what="a function")
    elif text in file.later or file.leaky or env.leaky:
        inference.tables.unresolved = True
    elif text in MISSING:
        desk.report(codes.UNKNOWN_NAME, node.span, notes=(_ASK,), name=text)
    elif _is_text(inference, text, env, hint):
        fix = Fix(f'write `"{text}"`', (TextEdit(node.span.start, node.span.end, f'"{text}"'),))
        desk.report(codes.UNKNOWN_NAME, node.span, notes=("a text stands in quotes",), fixes=(fix,), name=text)
    else:
        desk.misspelt(codes.UNKNOWN_NAME, node.span, text, _known(inference, env))


def _is_text(inference: Inference, word: str, env: Env, hint: Type | None) -> bool:
    """Whether an unknown name seems to be a text without its quotes: what an account holds, or like no other name."""
    if hint is None or plain(hint) != TEXT:
        return False
    return in_account(inference, word) or inference.desk.guesses.near(word, _known(inference, env)) is None


def _known(inference: Inference, env: Env) -> list[str]:
    return [*env.names, *inference.file.values()] if inference.desk.guesses.open else []


def narrowed(inference: Inference, node: nodes.Expr, type: Type, env: Env) -> Type:
    """The type without `?` when the path is known to be set; json that may be missing is json."""
    if isinstance(type, Optional) and (type.inner == JSON or path_of(node) in env.known):
        return type.inner
    return type


def member(inference: Inference, node: nodes.Member, env: Env, hint: Type | None) -> Type:
    """`of.name`: a field, a part of json, or a function that is written without parentheses."""
    if isinstance(node.of, nodes.Name) and is_alias(inference, node.of, env):
        inference.used.add(node.of.text)
        notes = (f"an action is called: `{node.of.text}.{node.name.text}(...)`",)
        written = f"{node.of.text}.{node.name.text}"
        inference.desk.report(codes.NOT_A_VALUE, node.span, notes=notes, name=written, what="a part of a plugin")
        return UNKNOWN
    of = inference.infer(node.of, env)
    if isinstance(of, Optional) and not node.safe:
        inference.missing(node.of)
        return UNKNOWN
    inner = plain(of)
    if isinstance(inner, MapOf) and inner.known is not None:
        found = _known_part(inference, node, node.name.text, node.name.span, inner.known, env)
    else:
        found = _part(inference, node, inner)
    if isinstance(of, Optional):
        found = inference.fit.maybe(found)
    return narrowed(inference, node, found, env)


def is_alias(inference: Inference, node: nodes.Name, env: Env) -> bool:
    """Whether the name stands for a plugin here."""
    return node.text in inference.file.uses and node.text not in env.names


def _part(inference: Inference, node: nodes.Member, of: Type) -> Type:
    field = node.name
    if isinstance(of, Unknown):
        return UNKNOWN
    if of == JSON:
        inference.tables.refs[node.id] = JsonPart()
        return JSON
    record = inference.fit.record(of)
    if record is None:
        return _property(inference, node, of)
    for each in record.fields:
        if each.name == field.text:
            return each.type
    shown_type = record.name or show(of)
    known = [each.name for each in record.fields]
    inference.desk.misspelt(codes.UNKNOWN_FIELD, field.span, field.text, known, type=shown_type)
    return UNKNOWN


def _known_part(
    inference: Inference, node: nodes.Index | nodes.Member, name: str, span: Span, known: Known, env: Env
) -> Type:
    """A part of data whose parts the account knows; reported when it has none of that name."""
    found = next((each.type for each in known.fields if each.name == name), None)
    if found is None:
        check_part(inference, name, span, known, quoted=isinstance(node, nodes.Index))
        return UNKNOWN
    inference.tables.refs[node.id] = KnownPart(conversion(found))
    return narrowed(inference, node, found, env)


def _property(inference: Inference, node: nodes.Member, of: Type) -> Type:
    field, known = node.name, _properties(of)
    if field.text in known:
        inference.tables.refs[node.id] = BuiltinRef(known[field.text], method=True, safe=node.safe)
        return known[field.text].forms[0].returns
    if isinstance(of, MapOf):
        notes: tuple[str, ...] = (f'the keys of a map are written `["{field.text}"]`',)
    elif field.text in table():
        notes = (f"call it: `.{field.text}()`",)
    else:
        inference.desk.misspelt(codes.UNKNOWN_FIELD, field.span, field.text, list(known), type=show(of))
        return UNKNOWN
    inference.desk.report(codes.UNKNOWN_FIELD, field.span, notes=notes, type=show(of), name=field.text)
    return UNKNOWN


def _properties(of: Type) -> dict[str, Builtin]:
    return {name: each for name, each in members().items() if any(form.params[0].type == of for form in each.forms)}


def index(inference: Inference, node: nodes.Index, env: Env, hint: Type | None) -> Type:
    """`of[key]`: an item of a list, a value of a map, a part of json. What is not there is missing."""
    of = inference.infer(node.of, env)
    if isinstance(of, Optional):
        inference.missing(node.of)
        inference.infer(node.key, env)
        return UNKNOWN
    key = inference.needs(node.key, env)
    if isinstance(of, Unknown) or isinstance(key, Unknown):
        return UNKNOWN
    match of:
        case ListOf(item) if key == INT:
            return narrowed(inference, node, inference.fit.maybe(item), env)
        case MapOf(_, Known() as known) if key == TEXT and isinstance(node.key, nodes.Constant):
            return _known_part(inference, node, str(node.key.value), node.key.span, known, env)
        case MapOf(value) if key == TEXT:
            return narrowed(inference, node, inference.fit.maybe(value), env)
        case Scalar("json") if is_kind(key, "int", "text", "json"):
            return JSON
    notes = (
        (f"write `{shown(node.of, inference.file.module.text).strip('`')}.name`",) if inference.fit.record(of) else ()
    )
    inference.desk.report(type_codes.CANNOT_INDEX, node.span, notes=notes, type=show(of), key=show(key))
    return UNKNOWN
