"""`treadle start`: one run of a sequence, or one for each row of a file, paced."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from treadle.cli.output import NOBODY_WORKS, json_option, print_json, print_started


@click.command()
@click.argument("name")
@click.argument("given", metavar="[KEY=VALUE]...", nargs=-1)
@click.option(
    "--each",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="One run for each row: a table as CSV whose first line names the parameters, or a JSON object a line.",
)
@click.option("--per-minute", metavar="N", type=click.FloatRange(0, 60_000, min_open=True), help="With --each; 600.")
@click.option("--watch", is_flag=True, help="With --each: stay until it is over. Ctrl-C leaves it going on.")
@json_option
def start(
    name: str,
    given: tuple[str, ...],
    each: Path | None,
    per_minute: float | None,
    watch: bool,  # noqa: FBT001 - click calls it by name
    as_json: bool,  # noqa: FBT001 - click calls it by name
) -> None:
    """Start the sequence NAME with these values, or once for each row of a file, so many in a minute.

    `treadle starts` says how far a file is, and pauses or cancels it.
    """
    if each is None and (per_minute is not None or watch):
        raise click.UsageError("--per-minute and --watch go with --each.")
    if each is not None and given:
        raise click.UsageError("Give either values or --each; the values stand in the rows.")
    if each is None:
        _one(name, given, as_json=as_json)
    else:
        _many(name, each, per_minute, watch=watch, as_json=as_json)


def _one(name: str, given: tuple[str, ...], *, as_json: bool) -> None:
    from treadle.cli.client import Api, with_api

    pairs = dict(map(_pair, given))

    async def put(api: Api) -> tuple[dict[str, str], bool]:
        params = await _params(api, name) if pairs else {}
        args = {key: _value(value, params.get(key, "text")) for key, value in pairs.items()}
        return await api.post(f"/sequences/{named(name)}/start", {"args": args}), api.remote

    started, remote = with_api(put)
    print_started(started, remote=remote, as_json=as_json)


def _many(name: str, each: Path, per_minute: float | None, *, watch: bool, as_json: bool) -> None:
    from treadle.cli.client import Api, with_api
    from treadle.cli.rows import rows_of
    from treadle.cli.starts import line, watched

    body = rows_of(each) | ({} if per_minute is None else {"per_minute": per_minute})

    async def put(api: Api) -> tuple[dict[str, Any], bool]:
        begun = await api.post(f"/sequences/{named(name)}/starts", body)
        return (await watched(api, begun["id"], quiet=as_json) if watch and api.remote else begun), api.remote

    found, remote = with_api(put)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['id']}  {line(found)}")
    if not remote:
        click.echo(NOBODY_WORKS, err=True)


def named(name: str) -> str:
    """The name as a part of an address: a slash would end it, whoever unquotes it on the way."""
    return quote(quote(name, safe="") if "/" in name else name, safe="")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.UsageError(f"{text!r} is not KEY=VALUE.")
    return key, value


async def _params(api: Any, name: str) -> dict[str, str]:
    """The types of the sequence's parameters, as they are written."""
    found = next((each for each in (await api.get("/sequences"))["items"] if each["name"] == name), None)
    return {each["name"]: each["type"] for each in found["params"]} if found else {}


def _value(text: str, type: str) -> Any:
    """What stands for JSON where no text is wanted; else the text itself."""
    from treadle.dsl.values import decode

    if type.rstrip("?") == "text":
        return text
    try:
        return decode(text.encode())
    except (ValueError, RecursionError):
        return text
