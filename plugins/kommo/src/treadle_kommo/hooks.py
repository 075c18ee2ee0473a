"""A webhook delivery, to events. Owns the cutting of a body into items and what becomes of those that cannot be read.

Nothing in a body is lost: an item becomes an event, or an `Unread` with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from treadle.sdk import Accepted, Delivery, Event, Refused, Trigger, Unread
from treadle_kommo import forms, leaves
from treadle_kommo.forms import Tree
from treadle_kommo.leaves import Doubt, Item
from treadle_kommo.readers import READERS
from treadle_kommo.readings import Reading

MAX_ITEMS = 1_000
"""Kommo takes at most 250 items in one write, and tells of one write at a time."""

Triggers = Mapping[str, type[Trigger[Any, Any]]]


def decode(delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
    """All that one delivery says. `delivery.connection` is the `Kommo` connection that it came in for."""
    if delivery.content_type != "application/x-www-form-urlencoded":
        return Refused(
            "Kommo sends forms (application/x-www-form-urlencoded); this is something else.",
            code="not_a_form",
            status=415,
        )
    try:
        tree = forms.parse(delivery.body)
    except forms.BadForm as bad:
        return Refused(bad.message, code=bad.code, status=bad.status)
    if not tree:
        return Refused("The form is empty.", code="form_empty")
    ours, theirs = delivery.connection.account_id, _account(tree)
    if ours is not None and theirs is not None and str(ours) != theirs:
        return Refused("The delivery is from another Kommo account.", code="wrong_account")
    if _count(tree) > MAX_ITEMS:
        return Refused(f"The form holds more than {MAX_ITEMS} items.", code="form_too_many_items")
    found = list(_read(tree, {trigger.name: trigger for trigger in triggers}, delivery.connection.user_id))
    return Accepted(
        tuple(each for each in found if isinstance(each, Event)),
        tuple(each for each in found if isinstance(each, Unread)),
    )


def _count(tree: Item) -> int:
    return sum(1 if isinstance(node, str) else len(node) for _, _, node in _parts(tree))


def _account(tree: Item) -> str | None:
    named = leaves.group(tree, "account").get("id")
    return named if isinstance(named, str) and named else None


def _read(tree: Item, triggers: Triggers, user_id: int | None) -> Iterator[Event[Any] | Unread]:
    for group, action, node in _parts(tree):
        children = list(forms.items(node))
        if not children:
            yield _unread(group, action, "it holds no items", node)
        for index, child in children:
            yield _item(group, action, index, child, triggers, user_id)


def _parts(tree: Item) -> Iterator[tuple[str, str, Tree]]:
    """Group, action and items. A bare `add[0][...]` has no group."""
    for group, node in tree.items():
        if group == "account":
            continue
        if isinstance(node, dict) and group != "add":
            yield from ((group, action, inner) for action, inner in node.items())
        else:
            yield ("", group, node)


def _item(
    group: str, action: str, index: str, child: Tree, triggers: Triggers, user_id: int | None
) -> Event[Any] | Unread:
    reader, item = READERS.get((group, action)), _as_item(child)
    if reader is None:
        return _unread(group, action, "no trigger hears of it", child)
    if not index.isdecimal() or item is None:
        return _unread(group, action, "it is not an item of a list", child)
    try:
        return _event(reader(item), item, triggers, user_id)
    except Doubt as doubt:
        return _unread(doubt.group or group, action, doubt.reason, child)


def _event(reading: Reading, item: Item, triggers: Triggers, user_id: int | None) -> Event[Any]:
    trigger = triggers.get(reading.trigger)
    if trigger is None:
        raise Doubt(f"nobody asked for {reading.trigger}")
    by_us = reading.bot or (user_id is not None and reading.user == user_id)
    return Event(
        trigger=trigger,
        data=reading.data,
        key=f"{reading.trigger}:{reading.key or _content_key(reading, item)}",
        entity=reading.about,
        version=_version(reading, foreign=not by_us and user_id is not None and reading.user is not None),
        by_us=by_us,
    )


def _version(reading: Reading, *, foreign: bool) -> str | None:
    # A version is a second, and a person may change a lead in the very second of a change of ours.
    return f"{reading.version}:by:{reading.user}" if foreign and reading.version is not None else reading.version


def _content_key(reading: Reading, item: Item) -> str:
    # Two edits within one second share updated_at, so the content is part of the key. For updates the old_* values are
    # left out: one change of the responsible user is sent twice, and only one of the two tells the user before.
    stage = reading.trigger == "lead_stage_changed"
    told = {key: value for key, value in item.items() if stage or not key.startswith("old_")}
    return f"{reading.about}:{reading.version or ''}:{_digest(told)}"


def _unread(group: str, action: str, reason: str, node: Tree) -> Unread:
    name = f"{group}.{action}" if group else action
    return Unread(group=name, reason=f"{reason[0].upper()}{reason[1:]}.", data=node, key=f"{name}:{_digest(node)}")


def _digest(node: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(node, order="deterministic")).hexdigest()[:24]


def _as_item(node: Tree) -> Item | None:
    """The item as a group; a list is one with numbered keys."""
    if isinstance(node, list):
        return {str(index): child for index, child in enumerate(node)}
    return node if isinstance(node, dict) else None
