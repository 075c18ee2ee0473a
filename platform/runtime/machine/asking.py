"""`ask`: an agent's turns as a thread passes them. Owns what the thread does about each; what comes next is `turns`."""

from __future__ import annotations

from datetime import timedelta

from treadle.dsl import graph as g
from treadle.runtime.machine import conversation as talks
from treadle.runtime.machine import turns
from treadle.runtime.machine.conversation import Conversation
from treadle.runtime.machine.decisions import DoAsk, DoRemember, DoTool, DoTurn, Forget, OpenApproval, Record
from treadle.runtime.machine.passing import Passed, Strayed
from treadle.runtime.machine.state import Rest
from treadle.runtime.machine.threads import Place
from treadle.runtime.machine.waits import Waiting
from treadle.runtime.ports import Fault

CONSENT = timedelta(days=7)
"""How long people may take to agree to a call; then they have refused."""


class Asking(Waiting):
    """See `Passing`."""

    __slots__ = ()

    def ask(self, place: Place, node: g.Ask) -> Passed:
        """An agent is to be asked, or goes on with what it was asked."""
        if place.talk is None:
            return self.shut(place) or DoAsk(node, self.args(place, node), place.number)
        agent = self.program.graph.agents[node.agent]
        talk = talks.awake(place.talk, self.now)
        attempt = place.attempt
        if attempt is not None and attempt.plan is None and attempt.now is not None:
            talk = talks.later(talk, self.present - attempt.now)  # the time was a dead worker's
        while True:
            now = self.present if attempt is None else None
            found = turns.what_next(agent, node, self.program.graph.records, talk, now)
            if not isinstance(found, Conversation):
                break
            talk = found
        place.talk = talk
        if isinstance(found, turns.Answer):
            return self._answered(place, node, talk, found)
        if isinstance(found, Fault):
            place.talk = None
            raise Strayed(found.code, found.message)
        if isinstance(found, turns.Consent):
            return self._consent(place, node, talk, found)
        if self.shut(place):
            place.talk = talks.paused(talk, self.now)
            return True
        if isinstance(found, turns.Use):
            return DoTool(node, found.tool, found.args, place.number, f"{node.id}/{len(talk.messages)}")
        return DoTurn(node, talk, place.number)

    def _answered(self, place: Place, node: g.Ask, talk: Conversation, found: turns.Answer) -> Passed:
        if talk.memory is not None and not talk.kept:
            return DoRemember(node, talk, place.number)
        place.talk = None
        if node.name is not None:
            try:
                value = self.program.revived(node.name, found.value)
            except ValueError as error:
                raise Strayed("bad_answer", str(error)) from None
            place.give(node.name, value)
        place.at = node.next
        return None

    def _consent(self, place: Place, node: g.Ask, talk: Conversation, found: turns.Consent) -> Passed:
        slot, until = self._slot(), self._after(CONSENT)
        self.effects.append(OpenApproval(node=node.id, slot=slot, question=found.question, by=found.by, until=until))
        place.rest, place.talk = Rest("approval", until, slot), talks.paused(talk, self.now)
        return True

    def _timed_out(self, place: Place, slot: str) -> None:
        node = self.threads.graph.nodes[str(place.at)]
        if not isinstance(node, g.Ask) or place.talk is None:
            super()._timed_out(place, slot)
            return
        self.effects.append(Forget(slot))
        self.records.append(Record(node=node.id, what="approve", output="timeout"))
        place.talk = talks.decided(place.talk, agreed=False)
