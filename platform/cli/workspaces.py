"""`treadle workspaces`: which there are, making one. Owns where the key of a new one is kept on this machine."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when


@click.group(cls=DefaultGroup, default="list")
def workspaces() -> None:
    """Workspaces of the installation. Without a word after it: `list`."""


@workspaces.command("list")
@json_option
def list_workspaces(as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Those that the key may know of; the current one has a star."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.get("/workspaces"))["items"]
    if as_json:
        print_json(found)
        return
    rows = (
        ["*" if each["current"] else "", each["slug"], each["name"], when(each["created_at"]), each["id"]]
        for each in found
    )
    print_table(["", "workspace", "name", "since", "id"], rows, empty="No workspaces.")


@workspaces.command("create")
@click.argument("slug")
@click.option("--name", metavar="NAME", help="What people call it; the slug unless given.")
@json_option
def create_workspace(slug: str, name: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make a workspace. Its first key is kept beside that of the installation, for `--workspace SLUG`; of a server
    elsewhere it is printed, this once.
    """
    from treadle.cli.client import with_api
    from treadle.cli.environment import settings
    from treadle.cli.keyfiles import write_key

    made: dict[str, Any] = with_api(lambda api: api.post("/workspaces", {"slug": slug, "name": name}))
    here = settings()
    kept = None if here.url or not made["key"] else write_key(here.home, slug, made["key"])
    if as_json:
        print_json(made)
    elif kept:
        click.echo(f"workspace {slug}; its key lies in {kept}, so `treadle --workspace {slug} ...` works here")
    else:
        click.echo(f"workspace {slug}\n{made['key']}")


@workspaces.command("rename")
@click.argument("slug")
@click.option("--slug", "new", metavar="SLUG", help="What requests and commands call it.")
@click.option("--name", metavar="NAME", help="What people call it.")
@json_option
def rename_workspace(slug: str, new: str | None, name: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Call a workspace otherwise, with a key of its own (`--workspace SLUG`). Its keys and addresses hold."""
    from treadle.cli.client import with_api
    from treadle.cli.environment import settings
    from treadle.cli.keyfiles import move_key

    renamed = with_api(lambda api: api.request("PATCH", f"/workspaces/{slug}", {"slug": new, "name": name}))
    if new and not settings().url:
        move_key(settings().home, slug, new)
    if as_json:
        print_json(renamed)
    else:
        click.echo(f"workspace {renamed['slug']}, called {renamed['name']}")
