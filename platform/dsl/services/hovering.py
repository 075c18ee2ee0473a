"""What an editor says of the name under the mouse."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.catalogue import Param, PluginSpec
from treadle.dsl.checker import Checked
from treadle.dsl.checker.hearing import WEBHOOK, declared_event
from treadle.dsl.services import describing
from treadle.dsl.services.hover_choices import hover_choice
from treadle.dsl.services.references import occurrence_at, uses_of
from treadle.dsl.services.shapes import Hover
from treadle.dsl.services.symbols import Occurrence, Symbol
from treadle.dsl.services.trees import decl_at, path_to
from treadle.dsl.services.views import View
from treadle.dsl.services.words import WORDS
from treadle.dsl.typesystem import Field, Record, Type, plain


def hover(view: View, offset: int) -> Hover | None:
    """What is known of the name at an offset, or of the word of the language; None when there is nothing to say."""
    found = occurrence_at(view, offset)
    if found is not None:
        text = _text(view, found, offset)
        return Hover(found.span, text) if text else None
    return hover_choice(view, offset) or _of_word(view, offset)


def _of_word(view: View, offset: int) -> Hover | None:
    """A word that begins a declaration, a clause or a step; not in a text or a comment."""
    text = view.text
    start = end = offset
    while start > 0 and _letter(text[start - 1]):
        start -= 1
    while end < len(text) and _letter(text[end]):
        end += 1
    before = text[text.rfind("\n", 0, start) + 1 : start]
    doc = WORDS.get(text[start:end]) if not before.strip() or before.split()[-1:] == ["="] else None
    return Hover(view.span(start, end), doc) if doc else None


def _letter(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _text(view: View, found: Occurrence, offset: int) -> str:
    symbol = found.symbol
    match symbol.kind:
        case "local" | "label":
            return _local(view, found, offset)
        case "builtin":
            return describing.of_language(symbol.name)
        case "action" | "trigger" | "type" | "plugin" | "use":
            return _of_plugin(view, symbol)
        case "field":
            return _field(view, found, offset)
        case _:
            return _declared(view, symbol)


def _local(view: View, found: Occurrence, offset: int) -> str:
    symbol, checked = found.symbol, view.declaration(offset)
    if symbol.kind == "label":
        return describing.block(f"{symbol.name}:", "The id of this step, pinned.")
    known = _type_at(checked, found) or (checked.tables.names.get(symbol.name) if checked else None)
    if known is None:  # a parameter of a declaration elsewhere
        place = next(((file, each) for file, each in uses_of(view, symbol) if each.declares), None)
        return describing.block(_written_parameter(View(view.project, place[0]), place[1])) if place else ""
    return describing.block(describing.named(symbol.name, known))


def _written_parameter(view: View, found: Occurrence) -> str:
    decl = decl_at(view.module, found.span.start)
    over = path_to(decl, found.span.start) if decl else []
    param = next((each for each in over if isinstance(each, nodes.ParamDecl)), None)
    span = param.span if param else found.span
    return view.text[span.start : span.end]


def _type_at(checked: Checked | None, found: Occurrence) -> Type | None:
    return checked.tables.types.get(found.node) if checked else None


def _of_plugin(view: View, symbol: Symbol) -> str:
    if symbol.kind in ("plugin", "use"):
        use = view.scope.uses.get(symbol.name) if symbol.kind == "use" else None
        return _plugin(view, use.plugin if use else symbol.name, use.connection if use else None)
    spec = view.project.catalogue.plugins.get(symbol.owner)
    if spec is None:
        return ""
    alias = _alias(view, symbol.owner)
    match symbol.kind:
        case "action" if symbol.name in spec.actions:
            return describing.action(alias, spec.actions[symbol.name])
        case "trigger" if symbol.name in spec.triggers:
            return describing.trigger(alias, spec.triggers[symbol.name])
        case "type" if symbol.name in spec.records:
            return describing.record(f"{symbol.owner}.{symbol.name}", spec.records[symbol.name])
    return ""


def _plugin(view: View, name: str, connection: str | None) -> str:
    spec = view.project.catalogue.plugins.get(name)
    if spec is None:
        return ""
    account = view.project.catalogue.account(name, connection)
    known = f"The account `{account.connection}` is known." if account else ""
    unknown = "No account is known: names of its stages, fields and the like are not checked." if spec.connects else ""
    return describing.block(f"use {name}", spec.doc, known or unknown)


def _alias(view: View, plugin: str) -> str:
    return next((alias for alias, use in view.scope.uses.items() if use.plugin == plugin), plugin)


def _field(view: View, found: Occurrence, offset: int) -> str:
    symbol = found.symbol
    if symbol.owner.endswith("()"):
        param = _parameter(view, symbol)
        return describing.argument(param) if param else ""
    fields = _fields(view, symbol.owner, _of(view, found, offset))
    known = next((each for each in fields if each.name == symbol.name), None)
    return describing.field(known) if known else ""


def _of(view: View, found: Occurrence, offset: int) -> Type | None:
    """The type of the value whose field it is: what an account adds to a record stands there alone."""
    checked = view.declaration(offset)
    member = next((each for each in path_to(checked.decl, offset) if each.id == found.node), None) if checked else None
    return checked.tables.types.get(member.of.id) if checked and isinstance(member, nodes.Member) else None


def _fields(view: View, owner: str, of: Type | None) -> tuple[Field, ...]:
    if isinstance(of := plain(of) if of is not None else None, Record):
        return of.fields
    declared = view.scope.workspace.events.get(owner)
    if declared is not None:
        return declared_event(*declared).fields
    record = WEBHOOK if owner == WEBHOOK.name else view.project.catalogue.record(owner)
    return record.fields if record else ()


def _parameter(view: View, symbol: Symbol) -> Param | None:
    plugin, _, name = symbol.owner.removesuffix("()").partition(".")
    spec = view.project.catalogue.plugins.get(plugin, PluginSpec("", ""))
    params = (
        *(spec.actions[name].params if name in spec.actions else ()),
        *(spec.triggers[name].params if name in spec.triggers else ()),
    )
    return next((each for each in params if each.name == symbol.name), None)


def _declared(view: View, symbol: Symbol) -> str:
    """What a file declares: its head, and for a constant its type and its value."""
    for file, each in uses_of(view, symbol):
        if each.declares:
            at = View(view.project, file)
            checked = at.declaration(each.span.start)
            if checked is not None:
                text = describing.declaration(at.scope, checked.decl)
                return f"{_constant(at, checked, checked.decl)}{text}"
    return ""


def _constant(view: View, checked: Checked, decl: nodes.Decl) -> str:
    if not isinstance(decl, nodes.Let):
        return ""
    typed, value = describing.named(decl.name.text, checked.type), view.value_of(decl)
    shown = typed if value is None else f"{typed} = {value}"
    return describing.block(shown) + "\n\n"
