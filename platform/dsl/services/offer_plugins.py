"""What plugins bring: their names, triggers, actions and types, and the values that accounts know."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl.catalogue import Choice, Param
from treadle.dsl.checker.annotations import SCALARS
from treadle.dsl.checker.scopes import InUse
from treadle.dsl.services import describing
from treadle.dsl.services.callees import Callee
from treadle.dsl.services.offers import GOOD, NEAR, PLAIN, Offers, stops
from treadle.dsl.services.prefixes import key_of, keys, split
from treadle.dsl.services.renaming import quoted
from treadle.dsl.typesystem import show


def plugins(offers: Offers) -> None:
    """The plugins that are installed, behind `use`."""
    used = {each.plugin for each in offers.cursor.view.scope.uses.values()}
    for name, spec in offers.cursor.view.project.catalogue.plugins.items():
        offers.add(name, "plugin", doc=spec.doc, rank=PLAIN if name in used else NEAR)


def aliases(offers: Offers, *, with_triggers: bool = False) -> None:
    """The names that plugins are in use under."""
    for alias, use in offers.cursor.view.scope.uses.items():
        if use.spec is not None and (use.spec.triggers if with_triggers else use.spec.actions):
            offers.add(alias, "plugin", detail=use.plugin, doc=use.spec.doc, rank=GOOD)


def triggers(offers: Offers, use: InUse) -> None:
    """The triggers of a plugin."""
    for name, spec in use.spec.triggers.items() if use.spec else ():
        offers.add(name, "trigger", detail=show(spec.payload), doc=spec.doc, rank=NEAR)


def actions(offers: Offers, use: InUse, *, call: bool) -> None:
    """The actions of a plugin; where they are called, with the arguments that must be given."""
    for name, spec in use.spec.actions.items() if use.spec else ():
        needed = [each.name for each in spec.params if each.required]
        shown = describing.signature(name, map(describing.parameter, spec.params), spec.returns)
        text = f"{name}({stops(needed)})" if call else name
        offers.add(name, "action", text, detail=shown, doc=spec.doc, snippet=call, rank=NEAR)


def full_actions(offers: Offers) -> None:
    """The actions of all plugins in use, with the name of the plugin."""
    for alias, use in offers.cursor.view.scope.uses.items():
        for name, spec in use.spec.actions.items() if use.spec else ():
            offers.add(f"{alias}.{name}", "action", doc=spec.doc, rank=GOOD)


def types(offers: Offers, use: InUse | None = None) -> None:
    """The types of a plugin behind its name; without one all types there are."""
    if use is not None:
        for name, found in use.spec.records.items() if use.spec else ():
            offers.add(name, "type", doc=describing.record(name, found), rank=NEAR)
        return
    for name in SCALARS:
        offers.add(name, "type", rank=GOOD)
    for alias, each in offers.cursor.view.scope.uses.items():
        for name, found in each.spec.records.items() if each.spec else ():
            offers.add(f"{alias}.{name}", "type", doc=describing.record(name, found))


def arguments(offers: Offers, callee: Callee) -> None:
    """The arguments that the call does not have yet: those that it must have first, and all of them at once."""
    cursor = offers.cursor
    frame = cursor.prefix.inner
    before = cursor.prefix.code[frame.at + 1 :] if frame else ""
    given = keys(before) | keys(cursor.rest_of_call())
    left = [each for each in callee.params if each.name not in given]
    needed = [each.name for each in left if each.required]
    if len(needed) > 1:
        label = ", ".join(f"{name}: ..." for name in needed)
        offers.add(label, "argument", stops(needed), doc="All that must be given.", snippet=True, rank=NEAR)
    for each in left:
        detail, rank = show(each.type), NEAR + 1 if each.required else GOOD + 1
        offers.add(each.name, "argument", f"{each.name}: ", detail=detail, doc=_text_of(each), rank=rank)


def _text_of(param: Param) -> str:
    picks = f"One of the account's {param.pick.replace('_', ' ')}." if param.pick else ""
    return "\n\n".join(filter(None, (param.doc, picks)))


def param_at(offers: Offers, callee: Callee, segment: str) -> Param | None:
    """The parameter whose argument the segment begins."""
    key = key_of(segment)
    return next((each for each in callee.params if each.name == key), None)


def choices(offers: Offers, callee: Callee, param: Param, *, quote: bool, back: int, code: str) -> None:
    """The account's values that an argument may be; those within what another argument of the call names."""
    if param.pick is None or callee.plugin is None:
        return
    account = offers.cursor.view.project.catalogue.account(callee.plugin, callee.connection)
    known = account.choices.get(param.pick, ()) if account else ()
    for each in _within(known, _holder(param, code + offers.cursor.rest_of_call())):
        text = quoted(each.name) if quote else quoted(each.name)[1:-1]
        detail = " in ".join(filter(None, (param.pick.replace("_", " ").removesuffix("s"), each.within)))
        offers.add(each.name, "value", text, detail=detail, rank=NEAR, back=back)


def _holder(param: Param, code: str) -> str | None:
    """The constant text that the call gives for what holds the value."""
    for part in split(code):
        if param.within and key_of(part) == param.within:
            return part.partition(":")[2].strip().strip('"')
    return None


def _within(known: Iterable[Choice], holder: str | None) -> list[Choice]:
    found = list(known)
    if holder is None or not any(each.within == holder for each in found):
        return found
    return [each for each in found if each.within in (None, holder)]
