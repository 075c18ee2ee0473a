"""What may be written at the cursor. Owns telling the kinds of places apart; each kind has its room (`offer_*`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from treadle.dsl.catalogue import Param
from treadle.dsl.checker.scopes import InUse
from treadle.dsl.parser import engine
from treadle.dsl.parser.files import unreadable
from treadle.dsl.services import offer_plugins, offer_values, offer_words
from treadle.dsl.services.callees import Callee, callee_of, event_named, fields_of
from treadle.dsl.services.offer_texts import texts
from treadle.dsl.services.offers import GOOD, NEAR, Offers, stops
from treadle.dsl.services.prefixes import QUOTES, keys
from treadle.dsl.services.probing import BRANCHES, Cursor, cursor_at
from treadle.dsl.services.shapes import Completion
from treadle.dsl.services.views import View
from treadle.dsl.typesystem import Optional, Record, show

_ALIAS = re.compile(r"(?:\A|[^\w.])([^\W\d]\w*)\s*\.\s*\Z")
_HEARS = re.compile(r"(?:\A|\s)(?:when|wait\s+for|given)\s+\Z")
_STEP = re.compile(r"\A(?:[^\W\d]\w*\s*=\s*)?\Z")
_NAME_ONLY = re.compile(r"\s*\w*\Z")
_ENTRIES = re.compile(r"\b(?:emit|given)\s+([^\W\d]\w*)\s*\Z")
_TYPE = frozenset(("NAME", "LSQB", "LBRACE"))
_VALUE = frozenset(("NUMBER", "QUOTE"))


def complete(view: View, offset: int) -> tuple[Completion, ...]:
    """The items for an offset, the likeliest first. Those that begin otherwise than the word there are among them."""
    if unreadable(view.text, view.file):
        return ()
    cursor = cursor_at(view, offset)
    if cursor is None or cursor.prefix.comment:
        return ()
    offers = Offers(cursor)
    _place(offers)
    return offers.items()


def _place(offers: Offers) -> None:
    prefix = offers.cursor.prefix
    if prefix.in_text:
        texts(offers)
    elif prefix.before.rstrip().endswith("."):
        _dotted(offers)
    elif offer_words.units(offers):
        offer_words.keywords(offers, offers.cursor.expected())
    else:
        _words(offers)


def _dotted(offers: Offers) -> None:
    cursor = offers.cursor
    found = _ALIAS.search(cursor.prefix.before)
    use = cursor.view.scope.uses.get(found.group(1)) if found else None
    if found is not None and use is not None and found.group(1) not in cursor.env.names:
        _of_alias(offers, use, cursor.prefix.before[: found.start(1)])
        return
    _, of = cursor.receiver()
    if of is not None:
        offer_values.parts(offers, of)


def _of_alias(offers: Offers, use: InUse, before: str) -> None:
    cursor = offers.cursor
    if _HEARS.search(before):
        offer_plugins.triggers(offers, use)
    elif _type_follows(cursor, before):
        offer_plugins.types(offers, use)
    elif cursor.owner == "agent":
        offer_plugins.actions(offers, use, call=False)
    elif cursor.owner == "test" or (cursor.in_steps and _STEP.match(before)):
        offer_plugins.actions(offers, use, call=not before.startswith("mock"))


def _type_follows(cursor: Cursor, before: str) -> bool:
    return any(engine.expected(start, before) == _TYPE for start in cursor.starts)


def _words(offers: Offers) -> None:
    cursor = offers.cursor
    expected = cursor.expected()
    begins = not cursor.prefix.before.strip()
    if begins:
        offer_words.beginnings(offers)
    if _in_brackets(offers) or _named(offers, expected):
        return
    step = begins and cursor.in_steps  # a step that is a value is the call of an action
    if (expected >= _VALUE and not step) or (not expected and not begins and cursor.chain):
        offer_values.values(offers)
    if cursor.in_steps and cursor.starts != BRANCHES and _STEP.match(cursor.prefix.before):
        offer_plugins.aliases(offers)
    if cursor.chain or not begins:
        offer_words.keywords(offers, expected)


def _in_brackets(offers: Offers) -> bool:
    """Names of arguments or fields, where one begins; whether nothing else can stand there."""
    cursor = offers.cursor
    prefix, frame = cursor.prefix, cursor.prefix.inner
    if frame is None:
        return False
    if frame.mark == "(":
        callee = callee_of(cursor, frame)
        return callee is not None and _arguments(offers, callee)
    if frame.mark == "{" and _NAME_ONLY.match(prefix.segment):
        return _fields(offers)
    return False


def _arguments(offers: Offers, callee: Callee) -> bool:
    prefix = offers.cursor.prefix
    if _NAME_ONLY.match(prefix.segment):
        offer_plugins.arguments(offers, callee)
        return callee.kind in ("action", "trigger", "sequence")
    param: Param | None = offer_plugins.param_at(offers, callee, prefix.segment)
    if param is not None and param.pick:
        frame = prefix.frames[-1]
        code = prefix.code[frame.at + 1 :].rpartition(",")[0] + ","
        offer_plugins.choices(offers, callee, param, quote=True, back=len(prefix.word), code=code)
    return False


def _fields(offers: Offers) -> bool:
    """The fields of a record that are not written yet."""
    cursor = offers.cursor
    frames = cursor.prefix.frames
    if len(frames) > 1 and frames[-2].mark in QUOTES:
        return False  # the braces of an interpolation hold a value
    before = cursor.prefix.code[: frames[-1].at]
    emitted = _ENTRIES.search(before)
    record = (event_named(cursor, emitted.group(1)) if emitted else None) or fields_of(cursor)
    if record is None:
        return False
    given = keys(cursor.prefix.code[frames[-1].at + 1 :]) | keys(cursor.rest_of_call())
    _each_field(offers, record, given)
    return True


def _each_field(offers: Offers, record: Record, given: set[str]) -> None:
    left = [each for each in record.fields if each.name not in given]
    needed = [each.name for each in left if not isinstance(each.type, Optional)]
    if len(needed) > 1 and not given:
        label = ", ".join(f"{name}: ..." for name in needed)
        offers.add(label, "field", stops(needed), snippet=True, rank=GOOD, doc="All that must be given.")
    for each in left:
        offers.add(each.name, "field", f"{each.name}: ", detail=show(each.type), doc=each.doc, rank=NEAR)


def _named(offers: Offers, expected: frozenset[str]) -> bool:
    """Places that take the name of one kind of thing; whether this is one."""
    before = offers.cursor.prefix.before
    if _HEARS.search(before):
        _heard(offers, expected)
        return True
    if expected == _TYPE:
        offer_plugins.types(offers)
        return True
    last = before.split()[-1:] or [""]
    if last[0] in _BEHIND:
        _BEHIND[last[0]](offers)
        return True
    return _of_members(offers, expected, last[0])


def _heard(offers: Offers, expected: frozenset[str]) -> None:
    offer_plugins.aliases(offers, with_triggers=True)
    for name, (_, event) in offers.cursor.view.scope.workspace.events.items():
        offers.add(name, "event", detail=", ".join(each.name.text for each in event.fields), rank=GOOD)
    offer_words.keywords(offers, expected)


def _agents(offers: Offers) -> None:
    for name in offers.cursor.view.scope.workspace.agents:
        offers.add(name, "agent", rank=NEAR)


def _events(offers: Offers) -> None:
    for name, (_, event) in offers.cursor.view.scope.workspace.events.items():
        fields = [each.name.text for each in event.fields]
        shown = f"{name} {{{stops(fields)}}}"
        offers.add(name, "event", shown, detail=", ".join(fields), snippet=True, rank=NEAR)


def _calendars(offers: Offers) -> None:
    for name in offers.cursor.view.scope.workspace.calendars:
        offers.add(name, "calendar", rank=NEAR)


_BEHIND: dict[str, Callable[[Offers], None]] = {
    "use": offer_plugins.plugins,
    "ask": _agents,
    "emit": _events,
    "except": _calendars,
    "model": offer_plugins.aliases,
}
"""What a word is followed by."""


def _of_members(offers: Offers, expected: frozenset[str], last: str) -> bool:
    """Actions where a line of an agent or a test takes them."""
    cursor = offers.cursor
    begins = cursor.prefix.before.lstrip()
    if cursor.owner == "agent" and begins.startswith(("tools", "approve")) and "NAME" in expected:
        offer_plugins.full_actions(offers)
        return True
    if cursor.owner == "test" and last in ("mock", "expect"):
        offer_plugins.aliases(offers)
        offer_words.keywords(offers, expected)
        return True
    if begins.startswith("limit") and last == "of":
        offer_plugins.aliases(offers)
        return True
    return False
