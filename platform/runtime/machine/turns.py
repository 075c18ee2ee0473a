"""What comes next between an agent and its model, given what was said so far. Pure.

What a model says is data: a call that it wants is made only when the agent has that tool and the arguments are an
object, and its answer counts only when it is of the type that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from treadle.dsl import graph as g
from treadle.dsl import values
from treadle.dsl.operations import clock
from treadle.dsl.spelling import suggest
from treadle.dsl.typesystem import Named, Record, Type, show
from treadle.dsl.values import Value
from treadle.runtime.machine.conversation import Conversation, corrected, refused
from treadle.runtime.plaindata import misfit
from treadle.runtime.ports import Fault
from treadle.sdk.models import ToolCall

WRAPPED = "answer"
"""The field that holds an answer that is no record."""
LONGEST = 200_000
"""Characters of everything that was said."""
LONGEST_ARGUMENTS = 8_000
"""Characters of the arguments of one call, so that a person who is asked sees them whole."""

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)


class Turn(msgspec.Struct, frozen=True):
    """The model is asked."""


class Use(msgspec.Struct, frozen=True):
    """The first call that was wanted is made."""

    tool: g.Tool
    args: dict[str, Value]


class Consent(msgspec.Struct, frozen=True):
    """People are asked whether the first call that was wanted may be made."""

    by: str
    question: str


class Answer(msgspec.Struct, frozen=True):
    """The agent is done; plain JSON data."""

    value: Value


Next = Turn | Use | Consent | Answer | Fault | Conversation
"""A conversation: it goes on as this one, without an act. A fault is the failure of the step."""


def what_next(
    agent: g.Agent, node: g.Ask, records: Mapping[str, Record], talk: Conversation, now: datetime | None
) -> Next:
    """The next thing to do; without `now` that which was begun, however late it is."""
    if talk.wanted:
        return _wanted(agent, node, talk, talk.wanted[0], now)
    if talk.messages and talk.messages[-1].role == "assistant":
        return _answered(agent, node, records, talk)
    return _late(agent, node, talk, now) or Turn()


def tools_by_name(agent: g.Agent) -> dict[str, g.Tool]:
    """The agent's tools by names that every service takes: letters, digits, `_` and `-`, at most 64."""
    named: dict[str, g.Tool] = {}
    for tool in agent.tools:
        parts = (tool.plugin, tool.connection, tool.action)
        name = _NO_NAME.sub("_", "_".join(each for each in parts if each is not None))[:60]
        while name in named:
            name += "_"
        named[name] = tool
    return named


def wraps(returns: Type | None) -> bool:
    """Whether an answer of this type stands in a field of its own, because services want an object."""
    return not isinstance(returns, Record | Named)


def _late(agent: g.Agent, node: g.Ask, talk: Conversation, now: datetime | None) -> Fault | None:
    if now is None:
        return None
    if clock.instant(now) >= clock.instant(talk.until):
        return Fault("timeout", f"the agent {agent.name} took longer than {node.timeout:g} s")
    if talk.turns >= agent.turns:
        return Fault("turns", f"the agent {agent.name} has no answer after {agent.turns} turns")
    if sum(len(each.text) + sum(len(call.arguments) for call in each.calls) for each in talk.messages) > LONGEST:
        return Fault("too_long", f"more was said than {LONGEST:,} characters")
    return None


# --- calls ------------------------------------------------------------------------------------------------------------


def _wanted(agent: g.Agent, node: g.Ask, talk: Conversation, call: ToolCall, now: datetime | None) -> Next:
    if fault := _late(agent, node, talk, now):  # nobody would be told what the call gave
        return fault
    named = tools_by_name(agent)
    tool = named.get(call.name)
    if tool is None:
        near = suggest(call.name, named)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(named) or 'none'}"
        return refused(talk, f"there is no tool {call.name[:64]!r}; {hint}")
    args = _arguments(call.arguments)
    if args is None:
        why = f"the arguments must be one JSON object of at most {LONGEST_ARGUMENTS:,} characters"
        return refused(talk, why)
    if tool.approve is None or talk.decided is True:
        return Use(tool, args)
    if talk.decided is False:
        return refused(talk, "a person was asked and did not agree")
    shown = values.encode(args).decode()
    return Consent(tool.approve, f"The agent {agent.name} wants to call {tool.plugin}.{tool.action} with {shown}")


def _arguments(text: str) -> dict[str, Any] | None:
    if len(text) > LONGEST_ARGUMENTS:
        return None
    try:
        found = values.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else {} if found is None else None


# --- answers ----------------------------------------------------------------------------------------------------------


def _answered(agent: g.Agent, node: g.Ask, records: Mapping[str, Record], talk: Conversation) -> Next:
    value, why = answer_of(talk.messages[-1].text, node.returns, records)
    if why is None:
        return Answer(value)
    if talk.turns >= agent.turns:
        return Fault("bad_answer", f"the agent {agent.name} gave no answer of its type in {agent.turns} turns: {why}")
    return corrected(talk, f"This was no answer: {why}. Answer again.")


def answer_of(text: str, returns: Type | None, records: Mapping[str, Record]) -> tuple[Value, str | None]:
    """What a model said as plain data of the type, and what is wrong with it if anything is."""
    if returns is None:
        return text, None if text.strip() else "the answer is empty"
    fenced = _FENCED.match(text)
    try:
        data = values.decode(fenced.group(1) if fenced else text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None, "it is not JSON"
    if wraps(returns):
        if not isinstance(data, dict) or WRAPPED not in data:
            return None, f"it is no object with the field {WRAPPED}"
        data = data[WRAPPED]
    found = misfit(data, returns, records)
    return data, f"it {found}" if found else _parts(data, returns, records)


def _parts(data: Value, returns: Type, records: Mapping[str, Record]) -> str | None:
    record = records.get(returns.name) if isinstance(returns, Named) else returns
    if isinstance(record, Record) and isinstance(data, dict):
        unknown = sorted(set(data) - {each.name for each in record.fields})
        return f"it has a field {unknown[0][:64]!r} that {show(returns)} has not" if unknown else None
    return None
