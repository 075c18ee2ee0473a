"""The report of a backtest for a person: a line that says it all, then each rule of which there is something to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from treadle.cli.output import compact, money, when

_SHOWN = 5  # examples of one thing
_CHANGES = {"same": "", "changed": " (changed)", "added": " (new)", "removed": " (gone)"}


def print_backtest(result: Any) -> None:
    """All of it."""
    for line in lines(result):
        click.echo(line)


def lines(result: Any) -> Iterator[str]:
    """The report, line by line."""
    told = [each for each in result["rules"] if _says_something(each)]
    for each in told:
        yield from _rule(each)
        yield ""
    yield f"{result['events']:,} events from {when(result['since'])} to {when(result['until'])}."
    if result["starts"]:
        yield f"{result['starts']:,} starts by hand."
    if result["skipped"]:
        yield f"{result['skipped']:,} of them came through connections that are gone, and were left out."
    yield (
        f"Of {result['decisions']:,} decisions {result['differ']:,} differ and {result['cannot_tell']:,} cannot be told"
        f"; {result['effects_differ']:,} effects differ."
    )
    if not result["differs"]:
        yield "Nothing differs that can be told."


def _says_something(rule: Any) -> bool:
    effects = any(each["gone"] or each["new"] for each in rule["effects"])
    return bool(rule["differ"] or rule["cannot_tell"] or rule["unclear"] or effects or rule["change"] != "same")


def _rule(rule: Any) -> Iterator[str]:
    yield click.style(f'{rule["file"]}  {rule["kind"]} "{rule["rule"]}"{_CHANGES[rule["change"]]}', bold=True)
    if rule["kind"] == "rule":
        yield (
            f"  fires {rule['fired_now']:,} times, and {rule['fired_then']:,} as published"
            f" (of {rule['decisions']:,} decisions); {rule['differ']:,} differ"
        )
    for each in rule["differences"][:_SHOWN]:
        yield from _difference(each)
    yield from _more(rule["differ"], len(rule["differences"]))
    for each in rule["effects"]:
        yield from _effect(each)
    if rule["messages_then"] or rule["messages_now"]:
        yield f"  messages to people: {rule['messages_now']:,}, and {rule['messages_then']:,} as published"
    if rule["spend_then"] or rule["spend_now"]:
        now, then = (", ".join(map(money, rule[side])) or "nothing" for side in ("spend_now", "spend_then"))
        yield f"  spent, where it was recorded: {now}; as published: {then}"
    if rule["cannot_tell"] or rule["unclear"]:
        yield click.style(
            f"  cannot tell: {rule['cannot_tell']:,} decisions, and what it does at {rule['unclear']:,} events",
            fg="yellow",
        )
    for each in rule["reasons"][:_SHOWN]:
        yield f"    {each['count']:,}: {each['why']}{_event(each['event'])}"


def _difference(each: Any) -> Iterator[str]:
    about = each["entity"] or each["trigger"] or "by the clock"
    now, then = each["now"], each["then"]
    fires = now["outcome"] == "fired"
    colour, said = ("green", "fires now") if fires else ("red", "does not fire now")
    other = then if fires else now
    yield f"    {when(each['at'])}  {about}: {click.style(said, fg=colour)}{_event(each['event'])}"
    if other["why"]:
        yield f"      {'as published' if fires else 'now'}: {other['why']}"


def _effect(each: Any) -> Iterator[str]:
    made_up = f", {each['made_up']:,} of them made up" if each["made_up"] else ""
    yield f"  {each['what']}: {each['now']:,}{made_up}, and {each['then']:,} as published"
    for side, sign in (("now", "+"), ("then", "-")):
        count = each["new"] if side == "now" else each["gone"]
        examples = [one for one in each["examples"] if one["only"] == side][:_SHOWN]
        for one in examples:
            mark = " (made up)" if one["made_up"] else ""
            yield f"    {sign} {when(one['at'])}  {compact(one['args'], 200)}{mark}"
        yield from _more(count, len(examples), sign)


def _more(count: int, shown: int, sign: str = " ") -> Iterator[str]:
    left = count - min(shown, _SHOWN)
    if left > 0:
        yield f"    {sign} and {left:,} more"


def _event(id: str | None) -> str:
    return f"  [{id}]" if id else ""
