"""Plays a test line by line in a world of its own. Owns what a line does; expectations are judged in `judging`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from treadle.dsl import graph as g
from treadle.dsl import trial as t
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.evaluator import EvaluationError, evaluate
from treadle.dsl.expressions import Expr
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.machine.program import Program
from treadle.runtime.scripted import Scripted
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.trials.judging import Judge
from treadle.runtime.trials.mocks import Answer, Mocks
from treadle.runtime.trials.outcomes import Failure, Fell, Played, Spot
from treadle.runtime.trials.reaching import Reach
from treadle.runtime.virtual import Endless, StoreOn, World

START = "2026-01-05T09:00:00"
"""Where the clock stands in a test without `at`, in the workspace's zone: a Monday."""


class Player:
    """Plays tests of one set of files. `graphs` are all that are sound, `limits` those of the workspace, each
    test has a `store` to itself.
    """

    def __init__(
        self,
        graphs: Iterable[g.Graph],
        limits: tuple[g.Limit, ...],
        catalogue: Catalogue,
        store: StoreOn = MemoryStore,
    ) -> None:
        self._reach = Reach(graphs)
        self._limits = limits
        self._catalogue = catalogue
        self._store = store

    def stage(self, trial: t.Trial) -> Stage:
        """A clean start for a test."""
        return Stage(trial, self._reach.of(trial), self._limits, self._catalogue, self._store)

    async def play(self, trial: t.Trial) -> Played:
        """One test from a clean start. Never raises for what stands in the files."""
        began = time.perf_counter()
        failure = None
        try:
            await self.stage(trial).run()
        except Fell as fell:
            failure = fell.failure
        except Endless as endless:
            failure = Failure(message=str(endless), spot=Spot(trial.file, trial.span))
        took = time.perf_counter() - began
        return Played(name=trial.name, file=trial.file, span=trial.span, failure=failure, seconds=took)


class Stage:
    """One test while it is played, in its own `world`."""

    def __init__(
        self,
        trial: t.Trial,
        rules: tuple[Program, ...],
        limits: tuple[g.Limit, ...],
        catalogue: Catalogue,
        store: StoreOn,
    ) -> None:
        self.trial = trial
        self.mocks = Mocks(catalogue, lambda: len(self.world.journal))
        self.world = World(
            rules,
            Scripted(self.mocks, catalogue),
            start=_start(trial),
            limits=limits,
            people=self.mocks,
            store=store,
        )
        self.judge = Judge(trial, self.world, self.mocks)

    async def run(self) -> None:
        """Block by block. Raises `Fell`."""
        for mocks, lines in _blocks(self.trial.lines):
            for mock in mocks:
                self.mocks.add(self._answer(mock))
            if any(mock.target == "approve" for mock in mocks):
                await self._happens(mocks[-1], self._decide())
            for line in lines:
                if isinstance(line, t.Expect):
                    await self._expect(line)
                else:
                    await self._happens(line, self._do(line))
        await self.judge.at_the_end(self.trial.lines[-1].span if self.trial.lines else self.trial.span)

    async def _happens(self, line: t.Line, what: Awaitable[None]) -> None:
        self.judge.goes_on()
        await what
        self.judge.unmocked(line.span)

    async def _do(self, line: t.At | t.After | t.Given) -> None:
        match line:
            case t.At():
                moment = _moment(line.moment, line.zone)
                if moment < self.world.clock.now():
                    raise Fell(Failure(message="the clock has passed this time already", spot=self._spot(line)))
                await self.world.advance(moment)
            case t.After():
                await self.world.advance(self.world.clock.now() + timedelta(seconds=line.seconds))
            case t.Given():
                await self._given(line)

    async def _given(self, line: t.Given) -> None:
        data = self._value(line.data, line)
        if line.rule is not None:
            if self.world.rules.graphs()["rule", line.rule].off:
                raise Fell(Failure(message=f'the rule "{line.rule}" is off', spot=self._spot(line)))
            await self.world.start("rule", line.rule, data)
        else:
            assert line.trigger is not None, "an event, or a rule by hand"
            self.judge.events.append(await self.world.give(line.trigger, data, line.connection))

    async def _decide(self) -> None:
        """Questions that were asked before their answer was mocked."""
        for row in await self.world.store.approvals():
            answer = self.mocks.approve(row)
            if answer is not None:
                await self.world.store.decide(row.id, row.by, approved=answer)
        await self.world.settle()

    def _answer(self, line: t.Mock) -> Answer:
        args = {"question": line.question} if line.question is not None else self._values(line.args, line)
        code, _, message = (line.code or "").partition(": ")
        return Answer(
            target=line.target,
            outcome=line.outcome,
            args=args,
            connection=line.connection,
            value=None if line.value is None else self._value(line.value, line),
            code=code or None,
            message=message or None,
            since=len(self.world.journal),
            types=line.types,
        )

    async def _expect(self, line: t.Expect) -> None:
        text = None if line.text is None else str(self._value(line.text, line))
        await self.judge.expect(line, self._values(line.args, line), text)

    def _values(self, exprs: Mapping[str, Expr], line: t.Line) -> dict[str, Value]:
        return {name: self._value(each, line) for name, each in exprs.items()}

    def _value(self, expr: Expr, line: t.Line) -> Value:
        scope = Scope({"now": self.world.clock.now()}, self.trial.zone)
        try:
            return evaluate(expr, scope, self.trial.functions)
        except EvaluationError as fault:
            raise Fell(Failure(message=f"this has no value: {fault.message}", spot=self._spot(line))) from None

    def _spot(self, line: t.Line) -> Spot:
        return Spot(self.trial.file, line.span)


_Happens = t.At | t.After | t.Given | t.Expect


def _blocks(lines: Iterable[t.Line]) -> Iterator[tuple[list[t.Mock], list[_Happens]]]:
    """Mocks and what happens under them, in the order of their doing: those right behind events answer these."""
    mocks: list[t.Mock] = []
    events: list[_Happens] = []
    for line in lines:
        if isinstance(line, t.Mock):
            mocks.append(line)
        elif isinstance(line, t.Given) and not mocks:
            events.append(line)
        else:
            yield mocks, events
            mocks, events = [], [line]
            if not isinstance(line, t.Given):
                yield [], events
                events = []
    yield mocks, events


def _start(trial: t.Trial) -> datetime:
    """The clock before anything happens: the first `at`, if it stands before all that happens."""
    for line in trial.lines:
        if isinstance(line, t.At):
            return _moment(line.moment, line.zone)
        if isinstance(line, t.Given | t.After):
            break
    return _moment(START, trial.zone)


def _moment(local: str, zone: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
