"""How commands print: JSON for programs, tables for people. rich is loaded only for a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from treadle.dsl.values import encode

NOBODY_WORKS = "No server runs here: it goes on at the next `treadle up`."
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """Indented JSON with exact numbers."""
    import msgspec

    click.echo(msgspec.json.format(encode(value), indent=2).decode())


def print_started(started: Mapping[str, str], *, remote: bool, as_json: bool) -> None:
    """The run that was started, and whether anybody is there to go on with it."""
    if as_json:
        print_json(started)
        return
    click.echo(f"run {started['run']}")
    if not remote:
        click.echo(NOBODY_WORKS, err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A plain table; `empty` is the sentence for no rows."""
    listed = list(rows)
    if not listed:
        click.echo(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")  # an id that is cut cannot be copied
    for row in listed:
        table.add_row(*(cell(each) for each in row))
    console().print(table)


def console() -> Any:
    """A rich console that never breaks words of a pipe into narrow columns."""
    from rich.console import Console

    found = Console(highlight=False, emoji=False, markup=False)
    return found if found.is_terminal else Console(width=140, highlight=False, emoji=False, markup=False)


def cell(value: Any) -> str:
    """One value as a short text."""
    match value:
        case None:
            return "-"
        case str():
            return value
        case bool():
            return "yes" if value else "no"
    return compact(value)


def compact(value: Any, width: int = 2000) -> str:
    """JSON in one line, cut to `width` characters."""
    text = encode(value).decode()
    return text if len(text) <= width else f"{text[: width - 1]}…"


def money(spent: dict[str, Any]) -> str:
    """`0.0125 USD`, all digits that were told."""
    from decimal import Decimal

    return f"{Decimal(spent['amount']).normalize():f} {spent['currency'].upper()}"


def when(moment: str | None) -> str:
    """An RFC 3339 time as a person reads it, in the zone of this machine."""
    if moment is None:
        return "-"
    from datetime import datetime

    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
