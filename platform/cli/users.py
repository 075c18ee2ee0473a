"""`treadle users`: members of the workspace, and the first of them."""

from __future__ import annotations

import sys

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when

ROLES = click.Choice(["owner", "editor", "operator", "viewer"])


@click.group(cls=DefaultGroup, default="list")
def users() -> None:
    """Members of the workspace. Without a word after it: `list`."""


@users.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_users(limit: int, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Who may sign in, with role and groups."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/users", limit))
    if as_json:
        print_json(found)
        return
    rows = (
        [each["email"], each["name"], each["role"], ", ".join(each["groups"]), when(each["since"])] for each in found
    )
    print_table(["email", "name", "role", "groups", "since"], rows, empty="No members yet: `treadle users add EMAIL`.")


@users.command("add")
@click.argument("email")
@click.option("--role", default="viewer", show_default=True, type=ROLES, help="What they may.")
@click.option("--name", metavar="NAME", help="How they are called; what stands before the @ unless given.")
@json_option
def add_user(email: str, role: str, name: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make a member. The password is asked for, or is the first line of standard input."""
    from treadle.cli.client import with_api

    body = {"email": email, "name": name or email.partition("@")[0], "role": role, "password": _password()}
    made = with_api(lambda api: api.post("/users", body))
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made['email']} may sign in as {made['role']}")


@users.command("invite")
@click.argument("email")
@click.option("--role", default="viewer", show_default=True, type=ROLES, help="What they will be.")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 30), help="How long it is good.")
@json_option
def invite(email: str, role: str, days: int, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Ask somebody in: prints a secret with which they choose their password, once."""
    from treadle.cli.client import with_api

    made = with_api(lambda api: api.post("/invitations", {"email": email, "role": role, "days": days}))
    if as_json:
        print_json(made)
    else:
        click.echo(f"for {email} alone, good once within {days} days: {made['token']}")


@users.command("remove")
@click.argument("email")
@json_option
def remove_user(email: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Let a member go: their sessions and the keys that they made end at once. The last owner stays."""
    from treadle.cli.client import Api, with_api
    from treadle.cli.faults import InputFault

    async def removed(api: Api) -> str:
        members = await api.pages("/users", 10_000)
        found = next((each for each in members if email.strip().lower() in (each["email"], each["id"])), None)
        if found is None:
            raise InputFault(f"No member has the email {email!r}: `treadle users` lists them.")
        await api.request("DELETE", f"/users/{found['id']}")
        return str(found["email"])

    gone = with_api(removed)
    if as_json:
        print_json({"removed": gone})
    else:
        click.echo(f"{gone} is no member any more")


def _password() -> str:
    """From the terminal, typed twice and not shown; else from a pipe, so that it is in no history."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")
