"""What is known at one point of a declaration: names, what is surely set, and whether effects may stand here.

Values, never changed: a branch works on its own environment, and `meet` says what holds where branches come together.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Type


class Given(msgspec.Struct, frozen=True):
    """A name that has a value, and where it got it."""

    type: Type
    span: Span


class Env(msgspec.Struct, frozen=True):
    """`names` are given on every path, `maybe` on some; `known` are paths such as `lead.source` that are surely set.

    `place` says in words where we are, when only pure expressions may stand here; `constant` when locals may not be
    used either. `elsewhere` are names that stay in another block. `leaky` when a part that could not be read may have
    given names. `ended` when no path gets here.
    """

    names: dict[str, Given] = {}
    maybe: dict[str, Span] = {}
    known: frozenset[str] = frozenset()
    place: str = "a value"
    constant: str | None = None
    leaky: bool = False
    ended: bool = False
    elsewhere: dict[str, Span] = {}

    def give(self, name: str, type: Type, span: Span) -> Env:
        """With one more name."""
        return msgspec.structs.replace(self, names={**self.names, name: Given(type, span)})

    def without(self, name: str) -> Env:
        """With one name less."""
        kept = {each: given for each, given in self.names.items() if each != name}
        return msgspec.structs.replace(self, names=kept)

    def knowing(self, paths: Iterable[str]) -> Env:
        """With more paths that are surely set."""
        return msgspec.structs.replace(self, known=self.known | frozenset(paths))

    def at(self, place: str, constant: str | None = None) -> Env:
        """The same in another place."""
        return msgspec.structs.replace(self, place=place, constant=constant)

    def spill(self) -> Env:
        """Behind something that may have given any name."""
        return msgspec.structs.replace(self, leaky=True)

    def apart(self, names: dict[str, Span]) -> Env:
        """Where names are known to stay in another block."""
        return msgspec.structs.replace(self, elsewhere={**self.elsewhere, **names})

    def given_since(self, before: Env) -> dict[str, Span]:
        """The names that were given on some path between `before` and here."""
        given = {name: each.span for name, each in self.names.items() if name not in before.names}
        return {**{name: span for name, span in self.maybe.items() if name not in before.maybe}, **given}

    def end(self) -> Env:
        """Behind a step that ends the run."""
        return msgspec.structs.replace(self, ended=True)

    def first_given(self, name: str) -> Span | None:
        """Where the name was given on some path to here, or None."""
        given = self.names.get(name)
        return given.span if given else self.maybe.get(name)


def meet(branches: list[Env], types: dict[str, Type]) -> Env:
    """Where branches come together: names that all living ones give, with the joined `types`; what all know.

    Branches that ended the run do not count; when all did, so did the whole.
    """
    living = [branch for branch in branches if not branch.ended] or branches
    names = {
        name: Given(types.get(name, given.type), given.span)
        for name, given in living[0].names.items()
        if all(name in branch.names for branch in living)
    }
    maybe = {name: given.span for branch in branches for name, given in branch.names.items() if name not in names}
    return Env(
        names=names,
        maybe={**maybe, **{name: span for branch in branches for name, span in branch.maybe.items()}},
        known=frozenset.intersection(*(branch.known for branch in living)),
        place=branches[0].place,
        leaky=any(branch.leaky for branch in branches),
        ended=all(branch.ended for branch in branches),
        elsewhere={name: span for branch in branches for name, span in branch.elsewhere.items()},
    )
