"""Header clauses. One method for each rule of the grammar, named like it."""

from __future__ import annotations

from treadle.dsl.nodes import (
    AtMost,
    Days,
    Expr,
    Flag,
    Name,
    OncePer,
    OneAtATime,
    OnlyDuring,
    Priority,
    Quiet,
    StopWhen,
    When,
    WhenByHand,
    WhenCron,
    WhenEvery,
    WhenWebhook,
    Where,
)
from treadle.dsl.parser import literals
from treadle.dsl.parser.build_expressions import Children
from treadle.dsl.parser.build_parts import PartBuilder, behind, part
from treadle.dsl.parser.building import Listed


class ClauseBuilder(PartBuilder):
    """Rules of clauses."""

    def when(self, children: Children) -> When:
        return self.make(When, children, heard=children[1], name=self.ident(children[-1], binds=True))

    def when_every(self, children: Children) -> WhenEvery:
        what, zone, catch_up = children[2], part(children, "zone"), part(children, "catch up")
        if not isinstance(what, Days):
            return self.make(WhenEvery, children, interval=self._length(what), catch_up=catch_up)
        at = tuple(self.clock(child) for child in children if getattr(child, "type", "") == "CLOCK")
        return self.make(WhenEvery, children, days=what, at=at, zone=zone, catch_up=catch_up)

    def when_cron(self, children: Children) -> WhenCron:
        line, zone, catch_up = self.plain(children[2]), part(children, "zone"), part(children, "catch up")
        return self.make(WhenCron, children, line=line, zone=zone, catch_up=catch_up)

    def when_webhook(self, children: Children) -> WhenWebhook:
        name = self.ident(children[-1], binds=True)
        return self.make(WhenWebhook, children, path=self.plain(children[2]), name=name)

    def when_by_hand(self, children: Children) -> WhenByHand:
        params = children[-1].items if isinstance(children[-1], Listed) else ()
        return self.make(WhenByHand, children, params=params)

    def where(self, children: Children) -> Where:
        return self.make(Where, children, test=children[1])

    def once(self, children: Children) -> OncePer:
        return self.make(OncePer, children, key=children[2], within=behind(children, "within"))

    def at_most(self, children: Children) -> AtMost:
        window = self._length(children[4])
        return self.make(AtMost, children, count=children[2], window=window, key=part(children, "key"))

    def _length(self, value: Expr) -> Expr:
        """A duration; a unit alone, as in `3 per hour` and `every minute`, is one of it."""
        length = literals.unit(value.text) if isinstance(value, Name) else None
        return self.constant("duration", [value], length) if length else value

    def quiet(self, children: Children) -> Quiet:
        name = behind(children, "list")
        bound = self.ident(name, binds=True) if name is not None else None
        return self.make(Quiet, children, duration=children[1], key=part(children, "key"), name=bound)

    def one_at_a_time(self, children: Children) -> OneAtATime:
        return self.make(OneAtATime, children, key=part(children, "key"), otherwise=str(children[-1]))

    def stop_when(self, children: Children) -> StopWhen:
        name, test = behind(children, "as"), behind(children, "where")
        bound = self.ident(name, binds=True) if name is not None else None
        return self.make(StopWhen, children, heard=children[2], name=bound, test=test)

    def only_during(self, children: Children) -> OnlyDuring:
        start, end = (self.clock(child) for child in children if getattr(child, "type", "") == "CLOCK")
        word = behind(children, "except")
        exception = self.ident(word) if word is not None else None
        zone = part(children, "zone")
        return self.make(OnlyDuring, children, days=children[2], start=start, end=end, zone=zone, exception=exception)

    def priority(self, children: Children) -> Priority:
        number = children[-1].value
        return self.make(Priority, children, number=-number if len(children) == 3 else number)

    def flag(self, children: Children) -> Flag:
        return self.make(Flag, children, word=" ".join(str(child) for child in children))
