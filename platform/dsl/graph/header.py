"""What a rule hears and when it fires, ready to run."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.expressions import Expr
from treadle.dsl.spans import Span


class Hear(msgspec.Struct, frozen=True):
    """One `when` line, or what a run listens for. The event is in scope as `name`, which is empty for one without.

    `plugin` None means an event of one's own, then `trigger` is its name. `connection` None means the plugin's default.
    """

    plugin: str | None
    trigger: str
    name: str
    span: Span
    connection: str | None = None
    args: dict[str, Expr] = {}

    @property
    def full(self) -> str:
        """The name that events carry: `kommo.lead_created`; an event of one's own is `event.NAME`."""
        return f"{self.plugin or 'event'}.{self.trigger}"


class Condition(msgspec.Struct, frozen=True):
    """One term of a `where` that is joined by `and`: kept apart with its own text, so that it can say why it failed.

    `loads` is true when the term needs a field that the delivery does not carry.
    """

    test: Expr
    text: str
    span: Span
    loads: bool = False


class StopWhen(msgspec.Struct, frozen=True):
    """One `stop when` line; `where` and `key` as in `WaitFor`."""

    hear: Hear
    where: tuple[Condition, ...] = ()
    key: tuple[str, Expr] | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One `when every ...` or `when cron ...` line.

    Either `seconds` (an interval, counted from 1970-01-01 in UTC), or `days` (0 is Monday) with `times` (`09:00:00`),
    or `cron`. `zone` is an IANA name.
    """

    span: Span
    seconds: float | None = None
    days: tuple[int, ...] = ()
    times: tuple[str, ...] = ()
    cron: str | None = None
    zone: str = "UTC"
    catch_up: Literal["once", "all", "skip"] = "once"


class Throttle(msgspec.Struct, frozen=True):
    """`at most count per window (seconds) [per key]`."""

    count: int
    window: float
    key: Expr | None = None
    loads: bool = False


class Quiet(msgspec.Struct, frozen=True):
    """`after seconds of quiet [per key] [as list name]`."""

    seconds: float
    key: Expr | None = None
    name: str | None = None
    loads: bool = False


class Alone(msgspec.Struct, frozen=True):
    """`one at a time [per key] else ...`."""

    key: Expr | None
    otherwise: Literal["skip", "queue", "replace"]
    loads: bool = False


class Window(msgspec.Struct, frozen=True):
    """`only during`: days (0 is Monday), `start` and `end` as `09:00:00` (an end before the start is on the next day),
    a zone as an expression of text (None: the graph's), and the calendar whose days are left out.
    """

    days: tuple[int, ...]
    start: str
    end: str
    zone: Expr | None = None
    calendar: str | None = None


class Calendar(msgspec.Struct, frozen=True):
    """`calendar NAME`: dates (`2026-12-25`), ranges of dates with both ends, and (month, day) of every year."""

    dates: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    yearly: tuple[tuple[int, int], ...] = ()


class Once(msgspec.Struct, frozen=True):
    """`once per key [within seconds]`; a year unless said."""

    key: Expr
    within: float = 365 * 86400.0
    loads: bool = False
