"""`treadle keys`: API keys of programs. Owns no rule about them; the platform asks who may make which."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when

SCOPES = click.Choice(["read", "operate", "edit", "administer"])


@click.group(cls=DefaultGroup, default="list")
def keys() -> None:
    """API keys of programs. Without a word after it: `list`."""


@keys.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_keys(limit: int, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Keys that are not revoked: what they may, who made them, when they were last used."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/keys", limit))
    if as_json:
        print_json(found)
        return
    names = ["id", "name", "begins", "may", "made by", "used", "ends"]
    print_table(names, [_row(each) for each in found], empty="No keys yet: `treadle keys create NAME --may read`.")


@keys.command("create")
@click.argument("name")
@click.option("--may", "scopes", required=True, multiple=True, type=SCOPES, help="What it may; give it for each right.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; until it is revoked unless given.")
@json_option
def create_key(name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make a key and print it, this once."""
    from datetime import UTC, datetime, timedelta

    from treadle.cli.client import with_api

    ends = (datetime.now(UTC) + timedelta(days=days)).isoformat() if days else None
    made = with_api(lambda api: api.post("/keys", {"name": name, "scopes": list(scopes), "expires_at": ends}))
    if as_json:
        print_json(made)
    else:
        click.echo(made["key"])
        click.echo("It is shown this once; what is stored cannot be turned back into it.", err=True)


@keys.command("revoke")
@click.argument("key")
@json_option
def revoke_key(key: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """End a key, named by its id or, where no other has it, its name."""
    from treadle.cli.client import Api, with_api

    async def revoked(api: Api) -> str:
        found = await _id_of(api, key)
        await api.request("DELETE", f"/keys/{found}")
        return found

    ended = with_api(revoked)
    if as_json:
        print_json({"revoked": ended})
    else:
        click.echo(f"revoked {ended}")


async def _id_of(api: Any, key: str) -> str:
    from treadle.cli.faults import InputFault

    found = [each for each in await api.pages("/keys", 10_000) if key in (each["id"], each["name"])]
    if not found:
        raise InputFault(f"There is no key {key!r}: `treadle keys` lists them.")
    if len(found) > 1:
        raise InputFault(f"{len(found)} keys are called {key!r}; name the one by its id: `treadle keys` lists them.")
    return str(found[0]["id"])


def _row(key: dict[str, Any]) -> list[str]:
    ends = when(key["expires_at"]) if key["expires_at"] else "never"
    return [
        key["id"], key["name"], key["starts"] or "-", ", ".join(key["scopes"]), key["made_by"] or "-",
        when(key["used_at"]), ends,
    ]  # fmt: skip
