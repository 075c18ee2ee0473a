"""Plays the graphs of a clean file in a world of their own: events and answers of every kind, days that pass.

A run may fail; nothing may be raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.graph import Agent, Ask, Call, Program
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.scripted import Fails, Reply, Returns, Scripted, Unclear
from treadle.runtime.virtual import Decides, World

_START = datetime(2026, 1, 5, 8, tzinfo=UTC)
_SCALARS: dict[str, tuple[Any, ...]] = {
    "int": (0, 1, 7, 5000, -3),
    "number": (0, 0.5, 10, 99.99),
    "text": ("", "Ana", "gold", "ünï 🙂", "a,b"),
    "bool": (True, False),
    "duration": (timedelta(), timedelta(days=3)),
    "datetime": (_START,),
    "json": (None, 1, "x", {"a": [1, 2]}, []),
}


def value_of(type: Type, dice: Random) -> Any:
    """Some value of a type."""
    match type:
        case Scalar(kind):
            return dice.choice(_SCALARS.get(kind, (None,)))
        case ListOf(item):
            return [value_of(item, dice) for _ in range(dice.randint(0, 3))]
        case MapOf(value):
            return {word: value_of(value, dice) for word in dice.sample(("a", "b", "c"), dice.randint(0, 2))}
        case Optional(inner):
            return value_of(inner, dice) if dice.random() < 0.5 else None
        case Record(fields):
            return {field.name: value_of(field.type, dice) for field in fields}
        case Named(name):
            record = CATALOGUE.record(name)
            return value_of(record, dice) if record else None
    return None


class _Anybody(Decides):
    """Answers calls, asks and questions by the dice."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def call(self, node: Call, args: Mapping[str, Any]) -> Reply:
        spec = CATALOGUE.plugins[node.plugin].actions[node.action]
        return self._reply(spec.returns)

    def ask(self, node: Ask, agent: Agent, args: Mapping[str, Any]) -> Reply:
        return self._reply(node.returns if isinstance(node.returns, Record) else agent.returns)

    def _reply(self, type: Type | None) -> Reply:
        found = self._dice.random()
        if found < 0.1:
            return Fails("refused", "It said no.") if found < 0.05 else Unclear()
        return Returns(value_of(type, self._dice) if type is not None else None)

    def approve(self, row: ApprovalRow) -> bool | None:
        return self._dice.choice((True, False, None))


def play(program: Program, dice: Random) -> None:
    """A week of the program. Raises what the platform raises."""
    asyncio.run(_play(program, dice))


async def _play(program: Program, dice: Random) -> None:
    people = _Anybody(dice)
    world = World(program.graphs, Scripted(people, CATALOGUE), start=_START, limits=program.limits, people=people)
    for trigger in ("lead_created", "lead_updated", "message_received"):
        payload = CATALOGUE.plugins["kommo"].triggers[trigger].payload
        for _ in range(2):
            await world.give(f"kommo.{trigger}", value_of(payload, dice))
    for name, fields in sorted(program.events.items()):
        await world.give(f"event.{name}", value_of(fields, dice))
    for graph in program.graphs:
        if graph.kind == "sequence":
            await world.start(
                "sequence", graph.name, {each: value_of(graph.names[each], dice) for each in graph.params}
            )
    await world.advance(_START + timedelta(days=1))
    await world.runs()
