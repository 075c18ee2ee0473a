"""`treadle starts`: files whose rows start a sequence, how far they are, and holding them up."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when

_LOOK = 0.5
_SHOWN = 20  # rows that were refused


@click.group(cls=DefaultGroup, default="list")
def starts() -> None:
    """Lists that sequences are started from. Without a word after it: `list`."""


@starts.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@json_option
def list_starts(limit: int, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Lists, the newest first."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/starts", limit))
    if as_json:
        print_json(found)
        return
    rows = ([when(each["created_at"]), each["sequence"], line(each), each["id"]] for each in found)
    print_table(["begun", "sequence", "", "list"], rows, empty="Nothing was started from a list yet.")


@starts.command("show")
@click.argument("id")
@json_option
def show_starts(id: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """How far a list is, and which rows were refused, with the reason."""
    from treadle.cli.client import Api, with_api

    async def look(api: Api) -> tuple[dict[str, Any], list[Any]]:
        return await api.get(f"/starts/{id}"), await api.pages(f"/starts/{id}/refusals", _SHOWN)

    found, refused = with_api(look)
    if as_json:
        print_json(found | {"refusals": refused})
        return
    click.echo(f'"{found["sequence"]}", begun {when(found["created_at"])} by {found["who"]}: {line(found)}')
    for each in refused:
        click.echo(f"  row {each['row']}: {each['reason']}")
    if found["refused"] > len(refused):
        click.echo(f"  and {found['refused'] - len(refused):,} more")


def _ordering(word: str, help: str) -> None:
    @starts.command(word, help=help)
    @click.argument("id")
    @json_option
    def command(id: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
        from treadle.cli.client import with_api

        found = with_api(lambda api: api.post(f"/starts/{id}/{word}"))
        print_json(found) if as_json else click.echo(line(found))


_ordering("pause", "Start nothing of the list ID for now.\n\nWhat was started goes on.")
_ordering("resume", "Go on with the list ID.\n\nWhat was missed meanwhile is not made up for: the pace is kept.")
_ordering("cancel", "Start nothing more of the list ID.\n\nWhat was started goes on.")


def line(found: dict[str, Any]) -> str:
    """How far a list is, in a line."""
    refused = f", {found['refused']:,} refused" if found["refused"] else ""
    left = f", {found['left']:,} left at {float(found['per_minute']):g} a minute" if found["left"] else ""
    held = f"; {found['held']}" if found["held"] else ""
    return f"{found['state']}: {found['started']:,} of {found['total']:,} started{refused}{left}{held}"


async def watched(api: Any, id: str, *, quiet: bool) -> dict[str, Any]:
    """The list once it is over or paused; how far it is meanwhile, on a terminal."""
    shows = sys.stderr.isatty() and not quiet
    while True:
        found: dict[str, Any] = await api.get(f"/starts/{id}")
        if shows:
            sys.stderr.write(f"\r\x1b[K{line(found) if found['state'] == 'running' else ''}")
            sys.stderr.flush()
        if found["state"] != "running":
            return found
        await asyncio.sleep(_LOOK)
