"""Clauses in canonical form, and their order in a header."""

from __future__ import annotations

import re

from treadle.dsl.formatter.documents import Document, concat
from treadle.dsl.formatter.expressions import Printer, optional, parameters
from treadle.dsl.nodes import (
    AtMost,
    Clause,
    Constant,
    Days,
    Flag,
    Heard,
    Ident,
    Node,
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

_ORDER = (
    "off", "when", "where", "once", "at most", "quiet", "one at a time", "stop when", "only during", "priority",
    "stop after", "including own changes", "rehearse",
)  # fmt: skip
_CLAUSES: dict[type[Node], str] = {
    **dict.fromkeys((When, WhenEvery, WhenCron, WhenWebhook, WhenByHand), "when"),
    Where: "where",
    OncePer: "once",
    AtMost: "at most",
    Quiet: "quiet",
    OneAtATime: "one at a time",
    StopWhen: "stop when",
    OnlyDuring: "only during",
    Priority: "priority",
}
_CATCH_UP = {"once": " catch up once", "all": " catch up all", "skip": " skip missed", None: ""}


def rank(node: Node | None) -> int:
    """Where a clause stands in its header; `do`, which has no node, comes last."""
    kind = node.word if isinstance(node, Flag) else _CLAUSES.get(type(node)) if node else None
    return _ORDER.index(kind) if kind else len(_ORDER)


def clause(node: Clause, printer: Printer) -> Document | None:
    """The document of a clause; None for one that is broken."""
    match node:
        case Where(test=test):
            return concat("where ", printer.expression(test))
        case OncePer(key=key, within=within):
            return concat("once per ", printer.expression(key), optional("within", within, printer))
        case AtMost(count=count, window=window, key=key):
            bound = concat(f"at most {count.source} per ", printer.expression(window))
            return concat(bound, optional("per", key, printer))
        case Quiet(duration=duration, key=key, name=name):
            named = f" as list {name.text}" if name else ""
            return concat("after ", printer.expression(duration), " of quiet", optional("per", key, printer), named)
        case OneAtATime(key=key, otherwise=otherwise):
            return concat("one at a time", optional("per", key, printer), f" else {otherwise}")
        case StopWhen(heard=heard, name=name, test=test):
            event = concat(listened(heard, printer), _named(name))
            return concat("stop when ", event, optional("where", test, printer))
        case OnlyDuring(exception=exception):
            excepted = f" except {exception.text}" if exception else ""
            return concat(_window(node, printer), optional("in", node.zone, printer), excepted)
        case Priority(number=number):
            return f"priority {number}"
        case Flag(word=word):
            return word
    return _when(node, printer)


def _when(node: Clause, printer: Printer) -> Document | None:
    match node:
        case When(heard=heard, name=name):
            return concat("when ", listened(heard, printer), _named(name))
        case WhenEvery(interval=interval, days=days, at=at, zone=zone, catch_up=catch_up):
            what = printer.expression(interval) if interval else ""
            clock = f"{_days(days, printer)} at {', '.join(map(_clock, at))}" if days else what
            return concat("when every ", clock, optional("in", zone, printer), _CATCH_UP[catch_up])
        case WhenCron(line=line, zone=zone, catch_up=catch_up):
            return concat(f"when cron {line.source}", optional("in", zone, printer), _CATCH_UP[catch_up])
        case WhenWebhook(path=path, name=name):
            return f"when webhook {path.source} as {name.text}"
        case WhenByHand(params=params):
            return concat("when by hand ", parameters(params)) if params else "when by hand"
    return None


def listened(heard: Heard, printer: Printer) -> Document:
    """What is listened for: `kommo.lead_created`, `db.row_inserted(table: "orders")`, `order_ready`."""
    owner = f"{heard.alias.text}." if heard.alias else ""
    return concat(f"{owner}{heard.trigger.text}", printer.arguments(heard.args) if heard.args else "")


def _named(name: Ident | None) -> str:
    return f" as {name.text}" if name else ""


def _window(node: OnlyDuring, printer: Printer) -> str:
    return f"only during {_days(node.days, printer)} {_clock(node.start)}-{_clock(node.end)}"


def _days(days: Days, printer: Printer) -> str:
    """As written: `mon-fri` and `weekday` are the same days, and neither is better."""
    written = re.sub(r"\s*-\s*", "-", printer.source(days))
    return re.sub(r"\s*,\s*", ", ", written)


def _clock(time: Constant) -> str:
    return str(time.value).removesuffix(":00")
