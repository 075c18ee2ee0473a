"""What may stand in a text: names of sequences, rules and connections, and values that an account knows."""

from __future__ import annotations

import re
from collections.abc import Callable

from treadle.dsl import nodes
from treadle.dsl.services import offer_plugins
from treadle.dsl.services.callees import Callee, callee_of
from treadle.dsl.services.offers import NEAR, Offers
from treadle.dsl.services.prefixes import Frame, Prefix, receiver, split
from treadle.dsl.services.renaming import quoted
from treadle.dsl.services.shapes import ItemKind
from treadle.dsl.typesystem import Known, MapOf, plain, show


def texts(offers: Offers) -> None:
    """What the text at the cursor may be."""
    prefix = offers.cursor.prefix
    frame = prefix.frames[-1]
    before, back = prefix.code[: frame.at], len(prefix.code) - frame.at - len(frame.mark)
    for pattern, offer in _PLACES:
        if found := pattern.search(before):
            offer(offers, found, back)
            return
    _of_value(offers, prefix, frame, back)


def _sequences(offers: Offers, found: re.Match[str], back: int) -> None:
    for name, (_, decl) in offers.cursor.view.scope.workspace.sequences.items():
        _name(offers, name, "sequence", back, ", ".join(each.name.text for each in decl.params))


def _buttons(offers: Offers, found: re.Match[str], back: int) -> None:
    for name, (_, rule) in offers.cursor.view.scope.workspace.rules.items():
        if any(isinstance(each, nodes.WhenByHand) for each in rule.clauses):
            _name(offers, name, "rule", back)


def _webhooks(offers: Offers, found: re.Match[str], back: int) -> None:
    for _, rule in offers.cursor.view.scope.workspace.rules.values():
        for each in rule.clauses:
            if isinstance(each, nodes.WhenWebhook):
                _name(offers, str(each.path.value), "value", back)


def _connections(offers: Offers, found: re.Match[str], back: int) -> None:
    for name, account in offers.cursor.view.project.catalogue.accounts.items():
        if account.plugin == found.group(1):
            _name(offers, name, "value", back)


def _models(offers: Offers, found: re.Match[str], back: int) -> None:
    use = offers.cursor.view.scope.uses.get(found.group(1))
    asks = use.spec.asks if use and use.spec else None
    if use is None or asks is None:
        return
    callee = Callee(name=found.group(1), params=(asks,), plugin=use.plugin, connection=use.connection)
    offer_plugins.choices(offers, callee, asks, quote=False, back=back, code="")


_PLACES: tuple[tuple[re.Pattern[str], Callable[[Offers, re.Match[str], int], None]], ...] = (
    (re.compile(r"\b(?:start|run|cancel)\s+\Z"), _sequences),
    (re.compile(r"\Agiven\s+by\s+hand\s+\Z"), _buttons),
    (re.compile(r"\Agiven\s+webhook\s+\Z"), _webhooks),
    (re.compile(r"\Ause\s+(\w+)\s+\Z"), _connections),
    (re.compile(r'\Amodel\s+(\w+)\s+(?:"[^"]*"\s*,\s*)*\Z'), _models),
)


def _name(offers: Offers, name: str, kind: ItemKind, back: int, detail: str = "") -> None:
    offers.add(name, kind, quoted(name)[1:-1], detail=detail, rank=NEAR, back=back)


def _of_value(offers: Offers, prefix: Prefix, frame: Frame, back: int) -> None:
    """An argument that picks, an item of a list or a key of a map that is one; a key in brackets."""
    outer = prefix.frames[:-1]
    while outer and outer[-1].mark in ("[", "{") and not _is_index(prefix.code, outer[-1]):
        outer = outer[:-1]
    if not outer:
        return
    if outer[-1].mark == "[":
        _keys(offers, prefix.code[: outer[-1].at], back)
        return
    callee = callee_of(offers.cursor, outer[-1])
    inside = prefix.code[outer[-1].at + 1 : frame.at]
    param = offer_plugins.param_at(offers, callee, split(prefix.code[outer[-1].at + 1 :])[-1]) if callee else None
    if callee is not None and param is not None:
        offer_plugins.choices(offers, callee, param, quote=False, back=back, code=_whole(inside))


def _whole(inside: str) -> str:
    """The arguments before the one at the cursor."""
    return inside.rpartition(",")[0] + ","


def _is_index(code: str, frame: Frame) -> bool:
    return frame.mark == "[" and re.search(r"[\w)\]]\Z", code[: frame.at]) is not None


def _keys(offers: Offers, before: str, back: int) -> None:
    """The keys of a map of which the account knows them."""
    found = offers.cursor.type_of_text(receiver(before))
    match plain(found) if found is not None else None:
        case MapOf(known=Known(fields=fields)):
            for each in fields:
                _name(offers, each.name, "value", back, show(each.type))
