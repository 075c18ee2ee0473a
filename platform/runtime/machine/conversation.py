"""What an agent and its model have said so far, as a run remembers it. Owns the shape, and how it grows.

It is a part of the thread that asks, so it is as durable as the run: an answer of the model is in it before anything
follows from it, and so is what a tool gave back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.values import Value
from treadle.sdk.models import Message, Reply, ToolCall

MOST_AT_ONCE = 10
"""Calls that one answer of a model may want."""
LONGEST_SAID = 100_000
"""Characters of an answer of the model, or of the arguments of a call that it wants."""
LONGEST_RESULT = 20_000
"""Characters of what a tool gave back that the model is told."""


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` names the ask in the agent's memory; `until` is when its time is over, moved on by what it waits.

    `messages` are what was said, those of earlier asks first; `asked` is the place of what the rule itself said, and
    the first `seen` of them are answered. `turns` counts the
    model's answers, `wanted` are the calls of the last one that were not dealt with, in their order; `decided` is what
    people said to the first of them. `memory` and `budget` are the agent's keys as text, None where one is missing.
    `cost` is what the last answer cost. `paused` is since when the thread waits for something that is no turn, `kept`
    is true once the answer is in the memory.
    """

    id: UUID
    until: datetime
    messages: tuple[Message, ...]
    asked: int = 0
    seen: int = 0
    turns: int = 0
    wanted: tuple[ToolCall, ...] = ()
    decided: bool | None = None
    memory: str | None = None
    budget: tuple[str | None, ...] = ()
    cost: Decimal | None = None
    paused: datetime | None = None
    kept: bool = False


_reply = msgspec.json.Decoder(Reply)


def heard(talk: Conversation, data: Value) -> Conversation:
    """The model answered; `data` is a `Reply` as plain data."""
    reply = _reply.decode(values.encode(data))
    calls = tuple(replace(each, arguments=each.arguments[:LONGEST_SAID]) for each in reply.calls)
    wanted, rest = calls[:MOST_AT_ONCE], calls[MOST_AT_ONCE:]
    kept = reply.kept if len(values.encode(reply.kept)) <= LONGEST_SAID else None
    said = Message("assistant", reply.text[:LONGEST_SAID], calls, kept=kept)
    refused = [Message("tool", _error(f"at most {MOST_AT_ONCE} calls at once"), call=each.id) for each in rest]
    messages = (*talk.messages, said)
    return replace(
        talk,
        messages=(*messages, *refused),
        seen=len(messages),
        turns=talk.turns + 1,
        wanted=wanted,
        cost=reply.cost if reply.cost is not None else talk.cost,
    )


def given(talk: Conversation, result: Value) -> Conversation:
    """The first call that was wanted was made, and gave this."""
    return _told(talk, _cut(values.encode(result).decode()))


def refused(talk: Conversation, why: str) -> Conversation:
    """The first call that was wanted is not made, or did not work."""
    return _told(talk, _error(why))


def decided(talk: Conversation, *, agreed: bool) -> Conversation:
    """What people said to the first call that was wanted."""
    return replace(talk, decided=agreed)


def corrected(talk: Conversation, why: str) -> Conversation:
    """The answer is none; the model is told why."""
    return replace(talk, messages=(*talk.messages, Message("user", why)))


def paused(talk: Conversation, now: datetime | None) -> Conversation:
    """The thread waits from now on."""
    return replace(talk, paused=now)


def awake(talk: Conversation, now: datetime | None) -> Conversation:
    """The thread goes on; the time that it waited does not count."""
    if talk.paused is None or now is None:
        return talk
    return replace(later(talk, now - talk.paused), paused=None)


def later(talk: Conversation, time: timedelta) -> Conversation:
    """It may take so much longer."""
    return replace(talk, until=talk.until + time)


def _told(talk: Conversation, text: str) -> Conversation:
    answer = Message("tool", text, call=talk.wanted[0].id)
    return replace(talk, messages=(*talk.messages, answer), wanted=talk.wanted[1:], decided=None)


def _error(why: str) -> str:
    shown: dict[str, Any] = {"error": why}
    return msgspec.json.encode(shown).decode()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_RESULT else text[:LONGEST_RESULT] + " (cut here: it is longer)"
