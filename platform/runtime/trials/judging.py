"""Judges what was done in a test. Owns the words of a failure; what meets what is `meeting`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from treadle.dsl import trial as t
from treadle.dsl.graph import Ask, Call
from treadle.dsl.spans import Span
from treadle.dsl.values import Value
from treadle.runtime.journal import Effect
from treadle.runtime.trials import spelling
from treadle.runtime.trials.meeting import Meeting, Wanted
from treadle.runtime.trials.mocks import Mocks
from treadle.runtime.trials.outcomes import Failure, Fell, Spot
from treadle.runtime.trials.reasons import what_waits, why_none
from treadle.runtime.virtual import World

_ORDER = "expectations are met in order, each by a later effect than the one before"
_SHOWN = 8  # effects in a note
_MOST = 1000  # characters of an effect
_MOST_BESIDE = 200  # of one that is only mentioned


class Judge:
    """Of one test. `events` are those that came, the last one last."""

    def __init__(self, trial: t.Trial, world: World, mocks: Mocks) -> None:
        self.events: list[UUID] = []
        self._file = trial.file
        self._zone = trial.zone
        self._names = spelling.Names(trial.uses)
        self._world = world
        self._mocks = mocks
        self._meeting = Meeting(world.journal, mocks.answered)

    def goes_on(self) -> None:
        """A line that lets something happen is next."""
        self._meeting.goes_on()

    def unmocked(self, line: Span) -> None:
        """Raises `Fell` when a rule needed a result that no mock gives."""
        found = self._mocks.unmocked
        if found is None:
            return
        done = next((each for each in self._world.journal if each.args is found.args), None)
        what = f"ask {found.node.agent}" if isinstance(found.node, Ask) else self._called(found.node)
        raise Fell(
            Failure(
                message=f"the rule goes on with the result of {what}, which no mock gives",
                spot=Spot(self._file, line),
                got=self._written(done) if done else None,
                cause=Spot(done.file, done.span) if done else None,
                notes=(f"write above: mock {what} returns ...",),
            )
        )

    def _called(self, node: Call) -> str:
        return self._names.action(f"{node.plugin}.{node.action}", node.connection)

    async def expect(self, line: t.Expect, args: Mapping[str, Value], text: str | None) -> None:
        """Raises `Fell` when it is not so."""
        spot = Spot(self._file, line.span)
        match line.what:
            case "nothing":
                self._none(spot, "nothing", self._meeting.since(self._mocks.reads))
            case "nothing more":
                self._none(spot, "nothing more", self._meeting.more())
            case _:
                wanted = Wanted(kind=line.what, target=line.target, connection=line.connection, args=args, text=text)
                if not self._meeting.meet(wanted):
                    self._broken_rule(line.span)
                    raise Fell(await self._unmet(spot, wanted))

    async def at_the_end(self, line: Span) -> None:
        """Raises `Fell` for a rule that broke without anyone expecting it."""
        self._broken_rule(line)
        told = {each.run for each in self._world.journal if each.kind == "fail"}
        for row in await self._world.runs():
            if row.status == "failed" and row.error is not None and row.id not in told:
                raise Fell(Failure(message=f'"{row.rule}" failed: {row.error.message}', spot=Spot(self._file, line)))

    def _none(self, spot: Spot, expected: str, found: list[Effect]) -> None:
        if not found:
            return
        self._broken_rule(spot.span)
        first = found[0]
        notes = [self._shown(each) for each in found[1 : _SHOWN + 1]]
        notes += [f"and {len(found) - _SHOWN - 1} more"] if len(found) > _SHOWN + 1 else []
        raise Fell(
            Failure(
                message=f"expected {expected}, and there {_counted(len(found))}",
                spot=spot,
                expected=expected,
                got=self._written(first),
                cause=Spot(first.file, first.span),
                notes=tuple(notes),
            )
        )

    async def _unmet(self, spot: Spot, wanted: Wanted) -> Failure:
        nearest, early = self._meeting.nearest(wanted), self._meeting.earlier(wanted)
        if nearest is not None:
            effect, names = nearest
            return self._instead(spot, wanted, effect, f"was there with another {' and '.join(names)}")
        if early is not None:
            return self._instead(spot, wanted, early, "was done, but before what the expectation above met", _ORDER)
        others = self._others()
        why, waits = await why_none(self._world, self.events), await what_waits(self._world, self._zone)
        return Failure(
            message=f"{self._named(wanted)} is not there",
            spot=spot,
            expected=self._spelled(wanted),
            got=None if others else "nothing",
            notes=(*others, *why, *waits),
        )

    def _instead(self, spot: Spot, wanted: Wanted, effect: Effect, how: str, *notes: str) -> Failure:
        return Failure(
            message=f"{self._named(wanted)} {how}",
            spot=spot,
            expected=self._spelled(wanted),
            got=self._written(effect),
            cause=Spot(effect.file, effect.span),
            notes=(*notes, *self._others(effect)),
        )

    def _others(self, but: Effect | None = None) -> tuple[str, ...]:
        """What else was done behind the effect that was met last."""
        found = [each for _, each in self._meeting.later() if each is not but]
        shown = [self._shown(each) for each in found[:_SHOWN]]
        return (*shown, f"and {len(found) - _SHOWN} more") if len(found) > _SHOWN else tuple(shown)

    def _broken_rule(self, line: Span) -> None:
        """Raises `Fell` for a step without a value: nothing that the test or the rule asked for."""
        for index, each in enumerate(self._world.journal):
            told = each.target == "failed" or each.target in self._mocks.codes
            if each.kind == "fail" and not told and index not in self._meeting.met:
                raise Fell(
                    Failure(
                        message=f'"{each.rule}" failed: {each.text}',
                        spot=Spot(self._file, line),
                        cause=Spot(each.file, each.span),
                    )
                )

    def _named(self, wanted: Wanted) -> str:
        """The thing without its values."""
        match wanted.kind:
            case "start":
                return f"start {spelling.text(wanted.target or '')}"
            case "action":
                return self._names.action(wanted.target or "", wanted.connection)
        return f"{wanted.kind} {wanted.target}" if wanted.target else wanted.kind

    def _spelled(self, wanted: Wanted) -> str:
        if wanted.kind in ("log", "fail"):
            return f"{wanted.kind} {spelling.text(wanted.text)}" if wanted.text is not None else wanted.kind
        if wanted.kind == "emit":
            return f"emit {wanted.target} {spelling.record(wanted.args)}"
        return spelling.call(self._named(wanted), wanted.args) if wanted.args else self._named(wanted)

    def _written(self, effect: Effect, most: int = _MOST) -> str:
        written = self._names.effect(effect)
        return written if len(written) <= most else f"{written[:most]}…"

    def _shown(self, effect: Effect) -> str:
        return f"there was: {self._written(effect, _MOST_BESIDE)} ({effect.file}:{effect.span.line})"


def _counted(number: int) -> str:
    return "is an effect" if number == 1 else f"are {number} effects"
