"""What differs between two versions at one recorded event, counted. Owns when a difference can be told.

A rule that neither version fires at an event is not looked at: it is counted with all that hear the trigger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.runtime.backtest.answers import same
from treadle.runtime.backtest.branches import Branch, Case, Did, Fate, Heard
from treadle.runtime.backtest.replica import Replica
from treadle.runtime.backtest.report import Backtested, Change, Decided, DecisionDiffers, RuleCompared
from treadle.runtime.backtest.tallies import Counted, RuleTally, known
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.explain import explained_rule

_Audience = tuple[str, UUID | None, frozenset[str]]
"""The trigger, the connection, and the rules that were off."""


class Comparison:
    """Of two versions over a span. `rules` are those that are asked about, None for all."""

    def __init__(
        self, then: Replica, now: Replica, versions: tuple[Version, Version], setting: Setting, since: datetime
    ) -> None:
        self._replicas = (then, now)
        self._graphs = tuple({each.name: each for each in version.graphs} for version in versions)
        self._setting = setting
        self._since = since
        self._rules: dict[str, RuleTally] = {}
        self._audiences: Counter[_Audience] = Counter()

    # --- counting -----------------------------------------------------------------------------------------------------

    def heard(self, case: Case) -> None:
        """The event came in to both versions."""
        if case.event is not None:
            off = self._replicas[0].off
            self._audiences[case.event.trigger, case.event.connection_id, off] += 1

    def add(self, case: Case) -> None:
        """Everything that can be said of the case is known."""
        then, now = case.then, case.now
        fates = (then.fates if then else {}), (now.fates if now else {})
        for heard in fates[0].keys() | fates[1].keys():
            self._decision(case, heard, fates[0].get(heard), fates[1].get(heard))
        dids = (then.did if then else []), (now.did if now else [])
        doubts = (then.doubts if then else {}) | (now.doubts if now else {})
        guesses = (then.guesses if then else {}) | (now.guesses if now else {})
        for rule, why in (guesses | doubts).items():
            tally = self._of(rule)
            tally.unclear += 1
            tally.reason(why, _id(case))
        if dids[0] or dids[1]:
            self._effects(case, dids, doubts.keys())
        for side, branch in (("then", then), ("now", now)):
            for (rule, currency), spent in branch.spent.items() if branch else ():
                spend = self._of(rule).spend
                spend[side, currency] = spend.get((side, currency), Decimal(0)) + spent

    def _of(self, rule: str) -> RuleTally:
        if rule not in self._rules:
            self._rules[rule] = RuleTally()
        return self._rules[rule]

    # --- decisions ----------------------------------------------------------------------------------------------------

    def _decision(self, case: Case, heard: Heard, then: Fate | None, now: Fate | None) -> None:
        rule = heard[2]
        tally = self._of(rule)
        if case.event is None or heard[:2] != (case.event.trigger, 0):
            tally.decisions += 1
        fired = _fired(then), _fired(now)
        tally.fired_then += fired[0]
        tally.fired_now += fired[1]
        why = self._untold(case, rule, then, now)
        if why is not None:
            tally.cannot_tell += 1
            tally.reason(why, _id(case))
            return
        if fired[0] == fired[1]:
            return
        decided = self._told(case, heard, 0, then), self._told(case, heard, 1, now)
        tally.differs(
            DecisionDiffers(
                at=case.at,
                event=_id(case),
                trigger=heard[0],
                entity=case.event.entity if case.event else None,
                then=decided[0],
                now=decided[1],
            )
        )

    def _untold(self, case: Case, rule: str, then: Fate | None, now: Fate | None) -> str | None:
        """Why nobody can say what either version decides, or whether they differ."""
        for fate in (then, now):
            if fate is not None and fate.outcome == "cannot_tell":
                return fate.why or "nobody recorded what it needs"
            if fate is not None and fate.outcome == "pending":
                return "it was not decided yet at the end of the span"
        if _fired(then) == _fired(now):
            return None
        if case.cause is not None and self._change(case.cause) != "same":
            return f'the event reports a change that the rule "{case.cause}" made, which is another rule now'
        return None if _kept(then) or _kept(now) else self._before(case, rule)

    def _before(self, case: Case, rule: str) -> str | None:
        """The clause that may have been used up before the span, so that the rule would not have fired at all."""
        graph = self._graphs[0].get(rule)
        if graph is None or (case.answers is not None and rule in case.answers.fired):
            return None
        windows = (("once per", graph.once and graph.once.within), ("at most", graph.at_most and graph.at_most.window))
        for clause, window in windows:
            if window and (case.at - self._since).total_seconds() < window:
                return f"`{clause}` may have been used up by an event from before {known(self._since)}"
        return None

    def _told(self, case: Case, heard: Heard, side: int, fate: Fate | None) -> Decided:
        if fate is not None:
            return Decided(fate.outcome, fate.why)
        trigger, number, rule = heard
        graph, event = self._graphs[side].get(rule), case.event
        if graph is None:
            return Decided("absent", "this version has no such rule")
        if graph.off:
            return Decided("absent", "the rule is off")
        branch = case.now if side else case.then
        if event is None or (trigger, number) != (event.trigger, 0):
            happened = branch is not None and branch.heard.get(trigger, 0) > number
            return Decided("filtered" if happened else "absent", None if happened else "nothing started it")
        connected = self._setting.connections.get(event.connection_id) if event.connection_id else None
        listeners = self._replicas[side].rules.listeners(trigger, connected)
        listener = next((each for each in listeners if each.rule == rule), None)
        if listener is None:
            return Decided("absent", f"it does not hear {trigger}")
        data = listener.event(values.decode(event.loaded or event.data))
        told = explained_rule(listener, event, data, None, case.cause)
        return Decided("suppressed" if told.outcome == "suppressed" else "filtered", told.why)

    # --- effects ------------------------------------------------------------------------------------------------------

    def _effects(self, case: Case, dids: tuple[list[Did], list[Did]], doubtful: Iterable[str]) -> None:
        unsure = set(doubtful)
        then, now = (_counted(each, unsure) for each in dids)
        for side, counted in (("then", then), ("now", now)):
            for (rule, what, _, _), found in counted.items():
                self._did(rule, what, side, found)
        for side, mine, other in (("then", then, now), ("now", now, then)):
            for key, found in mine.items():
                for did in found[len(other.get(key, ())) :]:
                    self._of(key[0]).effect(key[1]).only(case, did, side)

    def _did(self, rule: str, what: str, side: str, found: Sequence[Did]) -> None:
        tally = self._of(rule)
        effect, messages = tally.effect(what), sum(each.message for each in found)
        if side == "then":
            effect.then += len(found)
            tally.messages_then += messages
        else:
            effect.now += len(found)
            effect.made_up += sum(each.made_up for each in found)
            tally.messages_now += messages

    # --- telling ------------------------------------------------------------------------------------------------------

    def _change(self, rule: str) -> Change:
        then, now = (each.get(rule) for each in self._graphs)
        if then is None or now is None:
            return "added" if now is not None else "removed"
        return "same" if then.version() == now.version() else "changed"

    def report(self, until: datetime, counted: Counted, only: Sequence[str] = ()) -> Backtested:
        """All that was counted; of these rules alone, when any are named."""
        for (trigger, connection_id, off), count in self._audiences.items():
            connected = self._setting.connections.get(connection_id) if connection_id else None
            for rule in {each for world in self._replicas for each in world.hearing(trigger, connected)} - off:
                self._of(rule).decisions += count
        graphs: dict[str, Graph] = {**self._graphs[0], **self._graphs[1]}
        wanted = [name for name in graphs if not only or name in only]
        rules = [self._of(name).told(name, graphs[name].kind, graphs[name].file, self._change(name)) for name in wanted]
        return _summed(rules, self._since, until, counted)


def _summed(rules: list[RuleCompared], since: datetime, until: datetime, counted: Counted) -> Backtested:
    differ = sum(each.differ for each in rules)
    effects = sum(one.gone + one.new for each in rules for one in each.effects)
    return Backtested(
        since=since,
        until=until,
        events=counted.events,
        skipped=counted.skipped,
        starts=counted.starts,
        differs=bool(differ or effects),
        decisions=sum(each.decisions for each in rules),
        differ=differ,
        cannot_tell=sum(each.cannot_tell for each in rules),
        effects_differ=effects,
        rules=sorted(rules, key=lambda each: (each.file, each.rule)),
    )


_Same = tuple[str, str, str | None, bytes]


def _counted(dids: Iterable[Did], unsure: set[str]) -> dict[_Same, list[Did]]:
    found: dict[_Same, list[Did]] = {}
    for did in dids:
        if did.rule not in unsure:
            key = (did.rule, did.what, did.connection, same(values.encode(did.args)))
            found.setdefault(key, []).append(did)
    return found


def _fired(fate: Fate | None) -> bool:
    return fate is not None and fate.outcome == "fired"


def _kept(fate: Fate | None) -> bool:
    """Whether a clause kept it from firing, which shows that the clause was counted within the span."""
    return fate is not None and fate.outcome == "suppressed"


def _id(case: Case) -> UUID | None:
    return case.event.id if case.event else None


def branch_of(case: Case, side: int) -> Branch:
    """The branch of one version, made when it is not there."""
    if side == 0:
        case.then = case.then or Branch(case)
        return case.then
    case.now = case.now or Branch(case)
    return case.now
