"""What agents remember of earlier asks: `memory per KEY last N turns`. Owns how it is kept, and its bounds.

An ask that is finished twice, because a worker died in between, is remembered once.
"""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid5

import msgspec

from treadle.dsl.graph import Agent
from treadle.runtime.machine.conversation import Conversation
from treadle.runtime.ports import Store
from treadle.sdk.models import Message

LONGEST_TEXT = 4_000
"""Characters that are remembered of one text."""
LONGEST = 60_000
"""Characters of one memory; the oldest go first."""

_KEEPERS = UUID("0d0c4a5e-6f0e-4c53-9b0a-6c1f0f6f7c2e")
"""The space of the ids under which agents keep what they remember."""
_KEPT = 365 * 86400.0


class Remembered(msgspec.Struct, frozen=True):
    """One ask: what was said, and what was answered."""

    id: UUID
    asked: str
    answered: str


_decoder = msgspec.json.Decoder(list[Remembered])


class AgentMemory:
    """Durable memories of all agents, one a key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def recall(self, agent: Agent, key: str) -> tuple[Message, ...]:
        """The last asks with this key, the oldest first."""
        found = await self._store.get_value(*_place(agent, key))
        turns = _decoder.decode(found)[-agent.remembers :] if found else []
        return tuple(each for turn in turns for each in _said(turn))

    async def keep(self, agent: Agent, talk: Conversation) -> None:
        """Remember a conversation that has its answer."""
        assert talk.memory is not None, "it has a key"
        asked, answered = talk.messages[talk.asked].text, talk.messages[-1].text
        turn = Remembered(talk.id, asked[:LONGEST_TEXT], answered[:LONGEST_TEXT])
        place = _place(agent, talk.memory)
        while True:
            before = await self._store.get_value(*place)
            known = [each for each in _decoder.decode(before) if each.id != turn.id] if before else []
            after = msgspec.json.encode(_bounded([*known, turn][-agent.remembers :]))
            if await self._store.swap_value(*place, before, after, _KEPT):
                return


def _place(agent: Agent, key: str) -> tuple[UUID, str]:
    return uuid5(_KEEPERS, agent.name), hashlib.sha256(key.encode()).hexdigest()


def _said(turn: Remembered) -> tuple[Message, Message]:
    return Message("user", turn.asked), Message("assistant", turn.answered)


def _bounded(turns: list[Remembered]) -> list[Remembered]:
    left = LONGEST
    for index in range(len(turns) - 1, -1, -1):
        left -= len(turns[index].asked) + len(turns[index].answered)
        if left < 0:
            return turns[index + 1 :]
    return turns
