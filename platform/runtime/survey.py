"""Who waits where when a set of rules is about to be replaced, and what becomes of them under a policy.

Owns the reading and the counting; each single decision is `handover`'s. Nothing is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Graph
from treadle.runtime import handover
from treadle.runtime.handover import HARMLESS, Stays
from treadle.runtime.live import GraphGone, LiveRules
from treadle.runtime.machine.passing import verb
from treadle.runtime.ports import End, Fault, Moved, PinnedRun, Store, Transition

Policy = Literal["stay", "move", "restart"]
"""What becomes of runs whose rule gets a new version: they finish on the graph that they have, go on in the new one
where that is safe, or are ended and started anew where they have done nothing yet.
"""

_PAGE = 1000


class Reason(msgspec.Struct, frozen=True):
    """Why so many runs finish on the graph that they have."""

    why: str
    runs: int


class WaitingAt(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one rule or sequence that are at one step. `step` is its id, None at the end of a run; `what` and `line`
    are those of the version that they are on. `still_there`: the new version has a step with that id.

    `go_over` of them go on, or start anew, in the new version under the policy that was asked for; `stay` tells of the
    others.
    """

    rule: str
    kind: Literal["rule", "sequence"]
    step: str | None
    what: str
    file: str
    line: int
    runs: int
    still_there: bool
    go_over: int
    stay: tuple[Reason, ...]


class Survey(msgspec.Struct, frozen=True):
    """What was found, and what is to be written for it."""

    waiting: tuple[WaitingAt, ...] = ()
    moves: tuple[Moved, ...] = ()
    restarts: tuple[Transition, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything is to be written for it."""
        return bool(self.moves or self.restarts)


class _Place(msgspec.Struct, frozen=True):
    graph: str
    step: str | None


async def survey(
    store: Store, live: LiveRules, graphs: Mapping[str, Graph], world: Catalogue, policy: Policy
) -> Survey:
    """The live runs that are on other graphs than these, which are to be the live ones, by version."""
    found = _Found(live, graphs, policy)
    harmless = (*HARMLESS, *_reads(world))
    behind = None
    while page := await store.pinned(list(graphs), harmless, behind=behind, limit=_PAGE):
        for run in page:
            await found.add(run)
        behind = page[-1].run_id
    return found.survey()


def _reads(world: Catalogue) -> Iterable[str]:
    """The actions that only look, as the history calls them."""
    for name, plugin in world.plugins.items():
        yield from (f"{name}.{action}" for action, each in plugin.actions.items() if each.reads)


class _Found:
    """Gathers run by run."""

    def __init__(self, live: LiveRules, graphs: Mapping[str, Graph], policy: Policy) -> None:
        self._live = live
        self._new = {(graph.kind, graph.name): (version, graph) for version, graph in graphs.items()}
        self._policy = policy
        self._old: dict[str, Graph | None] = {}
        self._counts: Counter[_Place] = Counter()
        self._over: Counter[_Place] = Counter()
        self._why: dict[_Place, Counter[str]] = {}
        self._names: dict[str, tuple[Literal["rule", "sequence"], str]] = {}
        self._moves: list[Moved] = []
        self._restarts: list[Transition] = []

    async def add(self, run: PinnedRun) -> None:
        """One run more."""
        old = await self._graph(run.graph)
        place = _Place(run.graph, handover.state_of(run).at)
        self._names[run.graph] = (run.kind, run.rule)
        self._counts[place] += 1
        try:
            self._decide(run, old)
        except Stays as stays:
            self._why.setdefault(place, Counter())[str(stays)] += 1
        else:
            self._over[place] += 1

    def survey(self) -> Survey:
        """All of them."""
        waiting = [self._waiting(place) for place in self._counts]
        waiting.sort(key=lambda each: (each.file, each.rule, each.line, each.step or ""))
        return Survey(tuple(waiting), tuple(self._moves), tuple(self._restarts))

    async def _graph(self, version: str) -> Graph | None:
        if version not in self._old:
            try:
                self._old[version] = (await self._live.program(version)).graph
            except GraphGone:
                self._old[version] = None
        return self._old[version]

    def _decide(self, run: PinnedRun, old: Graph | None) -> None:
        """Raises `Stays`."""
        if self._policy == "stay":
            raise Stays("it finishes on the version that it began with")
        if old is None:
            raise Stays("the version that it is on is not stored any more")
        version, new = self._new.get((run.kind, run.rule), (None, None))
        if version is None or new is None:
            raise Stays(f"the new set has no {run.kind} of this name")
        if self._policy == "move":
            self._moves.append(Moved(run.run_id, run.epoch, version, handover.moved(run, old, new)))
            return
        begun = handover.restarted(run, old, new, version)
        fault = Fault("republished", handover.replaced_by(begun.id))
        ended = Transition(run_id=run.run_id, epoch=run.epoch, then=End("stopped", fault), starts=(begun,))
        self._restarts.append(ended)

    def _waiting(self, place: _Place) -> WaitingAt:
        kind, rule = self._names[place.graph]
        old, (_, new) = self._old[place.graph], self._new.get((kind, rule), (None, None))
        node = old.nodes.get(place.step) if old and place.step is not None else None
        span = node.span if node else old.span if old else None
        why = self._why.get(place, Counter())
        return WaitingAt(
            rule=rule,
            kind=kind,
            step=place.step,
            what=verb(node) if node else "end",
            file=old.file if old else "",
            line=span.line if span else 0,
            runs=self._counts[place],
            still_there=new is not None and (place.step is None or place.step in new.nodes),
            go_over=self._over[place],
            stay=tuple(Reason(text, count) for text, count in why.most_common()),
        )
