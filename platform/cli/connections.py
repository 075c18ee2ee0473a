"""`treadle connections`: accounts of outside services."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table


@click.group(cls=DefaultGroup, default="list")
def connections() -> None:
    """Accounts of outside services. Without a word after it: `list`."""


@connections.command("list")
@json_option
def list_connections(as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """All connections, with the address that each service should deliver to."""
    from treadle.cli.client import Api, with_api

    async def fetch(api: Api) -> list[dict[str, Any]]:
        return [absolute(each, api.url) for each in (await api.get("/connections"))["items"]]

    found = with_api(fetch)
    if as_json:
        print_json(found)
        return
    rows = ([one["name"], one["plugin"], "yes" if one["is_default"] else "", one["hook_url"] or ""] for one in found)
    print_table(
        ["name", "plugin", "default", "hook"], rows, empty="No connections yet: `treadle connections add PLUGIN`."
    )


@connections.command("add")
@click.argument("plugin")
@click.argument("fields", metavar="FIELD=VALUE...", nargs=-1)
@click.option("--name", metavar="NAME", help="Its name; PLUGIN-main unless given.")
@json_option
def add_connection(plugin: str, fields: tuple[str, ...], name: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Connect an account. A value `-` is read from standard input, so that a secret is in no history."""
    from treadle.cli.client import Api, with_api

    body = {"plugin": plugin, "name": name, "fields": read_fields(fields)}

    async def add(api: Api) -> dict[str, Any]:
        return absolute(await api.post("/connections", body), api.url)

    made = with_api(add)
    if as_json:
        print_json(made)
    else:
        click.echo(f"connection {made['name']}\nlet the service deliver to {made['hook_url']}")


@connections.command("test")
@click.argument("name")
@json_option
def test_connection(name: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Ask the service who we are."""
    from treadle.cli.client import with_api

    answer = with_api(lambda api: api.post(f"{_path(name)}/test"))
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["message"])


@connections.command("connect")
@click.argument("name")
@json_option
def connect_account(name: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Connect the account by consent: print the address that a person opens in a browser."""
    from treadle.cli.client import with_api

    answer = with_api(lambda api: api.post(f"{_path(name)}/oauth/start"))
    if as_json:
        print_json(answer)
    else:
        click.echo(f"open in a browser, within {answer['expires_in'] // 60} minutes:\n{answer['authorize_url']}")


@connections.command("rotate-hook")
@click.argument("name")
@json_option
def rotate_hook(name: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Give the connection another address for deliveries; the one before is heard for another 24 hours."""
    from treadle.cli.client import Api, with_api

    async def rotate(api: Api) -> dict[str, Any]:
        return absolute(await api.post(f"{_path(name)}/hook/rotate"), api.url)

    made = with_api(rotate)
    if as_json:
        print_json(made)
    else:
        click.echo(f"let the service deliver to {made['hook_url']}")


@connections.command("remove")
@click.argument("name")
def remove_connection(name: str) -> None:
    """Forget a connection with its credentials. Events and runs stay."""
    from treadle.cli.client import with_api

    with_api(lambda api: api.request("DELETE", _path(name)))
    click.echo(f"removed {name}")


def _path(name: str) -> str:
    return f"/connections/{quote(name, safe='')}"


def absolute(connection: dict[str, Any], base: str) -> dict[str, Any]:
    """The connection with the whole address of its hook."""
    return {**connection, "hook_url": connection["hook_url"] and base + connection["hook_url"]}


def read_fields(pairs: tuple[str, ...]) -> dict[str, str]:
    """`FIELD=VALUE` pairs; each value `-` takes the next line of standard input. Raises `click.UsageError`."""
    fields: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{name or pair!r} is not FIELD=VALUE.")
        fields[name] = _from_input(name) if value == "-" else value
    return fields


def _from_input(name: str) -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{name}: ")
    line = sys.stdin.readline()
    if not line:
        raise click.UsageError(f"{name}=- : standard input has no line for it.")
    return line.rstrip("\r\n")
