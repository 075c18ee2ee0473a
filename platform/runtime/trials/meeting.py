"""Whether what was done is what was expected. Pure: works on the journal; owns the order of expectations.

Each expectation is met by the first fitting effect behind the one that met the expectation before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from treadle.dsl.operations.comparison import equal
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.journal import Effect

_NEVER_EXPECTED = ("approve", "cancel")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An `expect` line of an effect, its values computed; `kind` is that of `Effect`, `text` None is any."""

    kind: str
    target: str | None = None
    connection: str | None = None
    args: Mapping[str, Value] = {}
    text: str | None = None

    def alike(self, effect: Effect) -> bool:
        """The same thing done, perhaps with other values."""
        same = (effect.target, effect.connection) == (self.target, self.connection)
        return effect.kind == self.kind and (same or self.kind in ("log", "fail"))

    def differing(self, effect: Effect) -> list[str]:
        """What an effect that is alike has otherwise: names of arguments, or `text`."""
        scope = Scope({})
        found = [name for name, value in self.args.items() if not equal(scope, effect.args.get(name), value)]
        return ["text"] if self.text is not None and effect.text != self.text else found


class Meeting:
    """Follows one test through its journal, which grows meanwhile. `known` says what a mock has answered."""

    def __init__(self, journal: Sequence[Effect], known: Callable[[Effect, int], bool]) -> None:
        self.met: set[int] = set()
        self._journal = journal
        self._known = known
        self._at = 0
        self._fresh = 0
        self._expecting = False

    def goes_on(self) -> None:
        """Something is about to happen: what was done up to now is behind the expectations so far."""
        if self._expecting:
            self._fresh = len(self._journal)
        self._expecting = False

    def meet(self, wanted: Wanted) -> bool:
        """Find the effect; False when there is none."""
        self._expecting = True
        for index, effect in self.later():
            if wanted.alike(effect) and not wanted.differing(effect):
                self.met.add(index)
                self._at = index + 1
                self._fresh = max(self._fresh, self._at)
                return True
        return False

    def later(self) -> list[tuple[int, Effect]]:
        """What was done behind the effect that was met last."""
        return list(enumerate(self._journal))[self._at :]

    def nearest(self, wanted: Wanted) -> tuple[Effect, list[str]] | None:
        """The effect that is alike and differs least, and in what."""
        alike = [(effect, wanted.differing(effect)) for _, effect in self.later() if wanted.alike(effect)]
        return min(alike, key=lambda each: len(each[1]), default=None)

    def earlier(self, wanted: Wanted) -> Effect | None:
        """One that fits and was done too early to meet it, and met nothing else."""
        before = (each for index, each in enumerate(self._journal[: self._at]) if index not in self.met)
        return next((each for each in before if wanted.alike(each) and not wanted.differing(each)), None)

    def since(self, reads: Callable[[Effect], bool]) -> list[Effect]:
        """What speaks against `nothing`: all that was done since the expectation before and could be expected, mocked
        reads aside.
        """
        self._expecting = True
        new = list(enumerate(self._journal))[self._fresh :]
        told = ((index, each) for index, each in new if each.kind not in _NEVER_EXPECTED)
        return [effect for index, effect in told if not (reads(effect) and self._known(effect, index))]

    def more(self) -> list[Effect]:
        """What speaks against `nothing more`: all of the test that is neither met nor mocked and could be expected."""
        self._expecting = True
        new = ((index, each) for index, each in enumerate(self._journal) if each.kind not in _NEVER_EXPECTED)
        return [effect for index, effect in new if index not in self.met and not self._known(effect, index)]
