"""The header of a rule or a sequence: what it hears, when and how often it fires, what bounds its runs."""

from __future__ import annotations

from typing import TypeVar

from treadle.dsl import expressions as ex
from treadle.dsl import graph, nodes
from treadle.dsl.checker.bounds import DAY
from treadle.dsl.checker.constants import constant_of, seconds_of
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import EventRef, Tables, TriggerRef
from treadle.dsl.lower.conditions import ConditionLowering
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.loading import Loading

C = TypeVar("C", bound=nodes.Clause)

Declared = nodes.RuleDecl | nodes.SequenceDecl


def clause_of(decl: Declared, kind: type[C]) -> C | None:
    """The first clause of a kind, or None."""
    return next((each for each in decl.clauses if isinstance(each, kind)), None)


def event_names(decl: Declared) -> list[str]:
    """The names under which a rule has its event, and all of them where they were gathered."""
    heard = [each.name.text for each in decl.clauses if isinstance(each, nodes.When | nodes.WhenWebhook)]
    quiet = clause_of(decl, nodes.Quiet)
    return [*heard, quiet.name.text] if quiet is not None and quiet.name is not None and heard else heard


def hear(
    heard: nodes.Heard, name: nodes.Ident | None, span_of: nodes.Node, tables: Tables, expressions: ExpressionLowering
) -> graph.Hear:
    """What is listened for; `name` None gives the event no name."""
    ref = tables.refs[heard.id]
    bound = name.text if name is not None else ""
    if isinstance(ref, EventRef):
        return graph.Hear(plugin=None, trigger=ref.name, name=bound, span=span_of.span)
    assert isinstance(ref, TriggerRef)  # checked without an error
    return graph.Hear(
        plugin=ref.plugin,
        trigger=ref.spec.name,
        name=bound,
        span=span_of.span,
        connection=ref.connection,
        args={arg.name.text: expressions.lower(arg.value) for arg in heard.args if arg.name},
    )


class HeaderLowering:
    """Lowers the clauses of one declaration; `loading` knows its events."""

    def __init__(
        self,
        decl: Declared,
        file: FileScope,
        tables: Tables,
        expressions: ExpressionLowering,
        conditions: ConditionLowering,
        loading: Loading,
    ) -> None:
        self._decl = decl
        self._file = file
        self._tables = tables
        self._expressions = expressions
        self._conditions = conditions
        self._loading = loading

    def hears(self) -> tuple[graph.Hear, ...]:
        """The `when` lines that hear an event."""
        whens = [each for each in self._decl.clauses if isinstance(each, nodes.When)]
        return tuple(hear(each.heard, each.name, each, self._tables, self._expressions) for each in whens)

    def webhooks(self) -> tuple[graph.Hear, ...]:
        """The `when webhook` lines: the trigger is the path."""
        lines = [each for each in self._decl.clauses if isinstance(each, nodes.WhenWebhook)]
        return tuple(graph.Hear(None, str(each.path.value), each.name.text, each.span) for each in lines)

    def schedules(self) -> tuple[graph.Schedule, ...]:
        """The `when every` and `when cron` lines."""
        lines = [each for each in self._decl.clauses if isinstance(each, nodes.WhenEvery | nodes.WhenCron)]
        return tuple(self._schedule(each) for each in lines)

    def _schedule(self, clause: nodes.WhenEvery | nodes.WhenCron) -> graph.Schedule:
        zone, catch_up = self._zone(clause.zone), clause.catch_up or "once"
        if isinstance(clause, nodes.WhenCron):
            return graph.Schedule(span=clause.span, cron=str(clause.line.value), zone=zone, catch_up=catch_up)
        if clause.interval is not None:
            seconds = seconds_of(clause.interval, self._file)
            return graph.Schedule(span=clause.span, seconds=seconds, zone=zone, catch_up=catch_up)
        times = tuple(sorted({str(each.value) for each in clause.at}))
        days = clause.days.days if clause.days is not None else ()
        return graph.Schedule(span=clause.span, days=days, times=times, zone=zone, catch_up=catch_up)

    def _zone(self, node: nodes.Expr | None) -> str:
        found = constant_of(node, self._file) if node is not None else None
        return str(found.value) if found is not None else self._file.workspace.catalogue.zone

    def by_hand(self) -> bool:
        """Whether a person may start it."""
        return clause_of(self._decl, nodes.WhenByHand) is not None

    def where(self) -> tuple[graph.Condition, ...]:
        """The terms of `where`."""
        clause = clause_of(self._decl, nodes.Where)
        return self._conditions.terms(clause.test, self._loading) if clause is not None else ()

    def once(self) -> graph.Once | None:
        """`once per`, or None."""
        clause = clause_of(self._decl, nodes.OncePer)
        if clause is None:
            return None
        within = 365 * DAY if clause.within is None else self._seconds(clause.within)
        return graph.Once(self._expressions.lower(clause.key), within, self._loading.needed(clause.key))

    def at_most(self) -> graph.Throttle | None:
        """`at most`, or None."""
        clause = clause_of(self._decl, nodes.AtMost)
        if clause is None:
            return None
        return graph.Throttle(int(clause.count.value), self._seconds(clause.window), *self._key(clause.key))

    def quiet(self) -> graph.Quiet | None:
        """`after ... of quiet`, or None."""
        clause = clause_of(self._decl, nodes.Quiet)
        if clause is None:
            return None
        key, loads = self._key(clause.key)
        name = clause.name.text if clause.name is not None else None
        return graph.Quiet(self._seconds(clause.duration), key, name, loads)

    def alone(self) -> graph.Alone | None:
        """`one at a time`, or None."""
        clause = clause_of(self._decl, nodes.OneAtATime)
        if clause is None:
            return None
        key, loads = self._key(clause.key)
        return graph.Alone(key, clause.otherwise, loads)

    def stops(self) -> tuple[graph.StopWhen, ...]:
        """The `stop when` lines."""
        lines = [each for each in self._decl.clauses if isinstance(each, nodes.StopWhen)]
        return tuple(self._stop(each) for each in lines)

    def _stop(self, clause: nodes.StopWhen) -> graph.StopWhen:
        name = clause.name.text if clause.name is not None else ""
        loading = Loading(self._tables, self._file.workspace.fitting, [name] if name else [])
        heard = hear(clause.heard, clause.name, clause, self._tables, self._expressions)
        where = self._conditions.terms(clause.test, loading)
        return graph.StopWhen(heard, where, self._conditions.key(clause.test, name))

    def during(self) -> graph.Window | None:
        """`only during`, or None."""
        clause = clause_of(self._decl, nodes.OnlyDuring)
        if clause is None:
            return None
        zone = self._expressions.lower(clause.zone) if clause.zone is not None else None
        name = clause.exception.text if clause.exception is not None else None
        return graph.Window(clause.days.days, str(clause.start.value), str(clause.end.value), zone, name)

    def priority(self) -> int:
        """`priority`, 0 when not said."""
        clause = clause_of(self._decl, nodes.Priority)
        return clause.number if clause is not None else 0

    def flags(self) -> set[str]:
        """The words of the clauses without parts."""
        return {each.word for each in self._decl.clauses if isinstance(each, nodes.Flag)}

    def later(self) -> bool:
        """Whether what is read while a run lives needs what no delivery of its own event carries."""
        clause = clause_of(self._decl, nodes.OnlyDuring)
        read = [clause.zone] if clause is not None and clause.zone is not None else []
        for stop in self._decl.clauses:
            if isinstance(stop, nodes.StopWhen):
                read += [arg.value for arg in stop.heard.args] + ([stop.test] if stop.test is not None else [])
        return any(self._loading.needed(each) for each in read)

    def _key(self, node: nodes.Expr | None) -> tuple[ex.Expr | None, bool]:
        return (None, False) if node is None else (self._expressions.lower(node), self._loading.needed(node))

    def _seconds(self, node: nodes.Expr) -> float:
        found = seconds_of(node, self._file)
        assert found is not None  # checked without an error
        return found
