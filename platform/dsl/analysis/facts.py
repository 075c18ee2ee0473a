"""What the checks across rules need to know of one rule or sequence: shapes alone.

Facts are plain data made from one graph (`reading.facts_of`) and nothing else, so they can be kept for as long as the
graph has the same version. The checks work on facts and never look at a graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from treadle.dsl.analysis.boxes import ANY, Box
from treadle.dsl.analysis.domains import Domain
from treadle.dsl.spans import Span
from treadle.dsl.values import Value

Channel = tuple[str, str | None]
"""A trigger by its full name, and the connection that it comes through."""


class Argument(msgspec.Struct, frozen=True):
    """What is known of a value: the set that it is one of, and the path that it is read from."""

    domain: Domain | None = None
    path: str | None = None


class Heard(msgspec.Struct, frozen=True):
    """One `when` line: the trigger by its full name; `picks` when its arguments pick among the trigger's events.

    `fields` are what the rule asks of fields of the event, `few` the values of those that may have only few. `plain`
    when it asks nothing else and nothing but `stop after` can keep it from firing.
    """

    trigger: str
    connection: str | None
    picks: bool = False
    fields: dict[str, Domain] = {}
    few: dict[str, tuple[Value, ...]] = {}
    plain: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a step causes. `words` say what the step does, in the middle of a sentence.

    `carried` are fields of the event with the values that the step gives them. `known` is what they are then, and what
    fields of the same entity are that the step leaves alone; `few` the values of those that may have only few.

    `certain` when every run of the rule gets to the step; `happens` when the step then surely causes the event; `fresh`
    when the event is about a new thing each time. `plugin` is that of an action, and `message` whether the action
    reaches a person. `adds` is the full name of one that adds the same to a thing each time: what is there already is
    added no second time, and causes no event.
    """

    trigger: str
    connection: str | None
    words: str
    span: Span
    carried: dict[str, Argument] = {}
    known: dict[str, Domain] = {}
    few: dict[str, tuple[Value, ...]] = {}
    certain: bool = False
    happens: bool = False
    fresh: bool = False
    plugin: str | None = None
    message: bool = False
    adds: str | None = None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence that a step starts."""

    sequence: str
    span: Span
    args: dict[str, Argument] = {}
    certain: bool = False


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """A field of an entity that a step sets, when it is known to which values, and on what events it does so.

    `entity` names one thing, with paths for what is not constant, so that equal names mean the same thing for the same
    event.
    """

    entity: str
    field: str
    value: Domain
    words: str
    box: Box
    span: Span


class Dead(msgspec.Struct, frozen=True):
    """A term of a `where` or a branch that can never hold; `text` as it is written, empty for an `else`.

    `beside` is the text of the terms that leave no value for this one.
    """

    what: Literal["where", "branch", "else"]
    text: str
    span: Span
    beside: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one rule or sequence. `head` is where its first line stands; `elsewise` when it fires by the
    clock, a webhook or by hand too.

    `channels` are those of its `hears` and `causes` those of its `outcomes`, each once. `box` is its `where`, which
    `never` holds when it is empty. `once` are the seconds of `once per`, None without one. `held` when something else
    may keep it from firing or end it: a throttle, one run at a time, `stop when`. `mute` when its effects are not sent.
    """

    kind: Literal["rule", "sequence"]
    name: str
    file: str
    head: Span
    hears: tuple[Heard, ...] = ()
    channels: tuple[Channel, ...] = ()
    causes: tuple[Channel, ...] = ()
    elsewise: bool = False
    box: Box = ANY
    never: bool = False
    once: float | None = None
    held: bool = False
    off: bool = False
    mute: bool = False
    priority: int = 0
    stop_after: bool = False
    own_changes: bool = False
    params: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    starts: tuple[Started, ...] = ()
    writes: tuple[Write, ...] = ()
    dead: tuple[Dead, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        """What rules are put in order by: the file and where in it they stand."""
        return self.file, self.head.start


def known_of(carried: Mapping[str, Argument]) -> dict[str, Domain]:
    """The fields of which something is known."""
    return {field: value.domain for field, value in carried.items() if value.domain is not None}


def few_of(fields: Mapping[str, Domain]) -> dict[str, tuple[Value, ...]]:
    """The values of the fields that may have only few."""
    return {field: values for field, domain in fields.items() if (values := domain.values()) is not None}


def channels_of(parts: Iterable[Heard | Outcome]) -> tuple[Channel, ...]:
    """The triggers with their connections, each once."""
    return tuple(dict.fromkeys((each.trigger, each.connection) for each in parts))
