"""`treadle diff` and `treadle rollback`: what was live when, what changed, and going back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from treadle.cli.output import json_option, print_json, print_table, when

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": ">", "renamed": ">"}


@click.command()
@click.argument("publication", default="live")
@click.option(
    "--against",
    default="draft",
    show_default=True,
    help="A publication, `live`, `draft` (what is being edited), `before`.",
)
@click.option("--text", is_flag=True, help="Show the lines that changed as well.")
@json_option
def diff(publication: str, against: str, text: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """What changed, by what it means: rules, steps, agents and tables.

    From PUBLICATION, which is the live one unless it is named, to another set. Without anything named: what publishing
    would change.
    """
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.get(f"/publications/{publication}/diff", against=against))
    if as_json:
        print_json(found)
        return
    for change in found["changes"]:
        _print_change(change)
    if not found["changes"]:
        files = len(found["files"])
        click.echo(
            f"nothing changes in meaning; {files} file{'' if files == 1 else 's'} in text" if files else "no change"
        )
    if text:
        for file in found["files"]:
            click.echo(file["diff"] or f"{file['path']}: too long to be shown", nl=False)


@click.command()
@click.argument("publication", required=False)
@click.option("--preview", is_flag=True, help="Only say whether it can be done, and change nothing.")
@click.option("--policy", type=click.Choice(["stay", "move", "restart"]), default="stay", show_default=True)
@click.option("--comment", "-m", help="Why, as the history keeps it.")
@json_option
def rollback(publication: str | None, preview: bool, policy: str, comment: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make the files of an earlier PUBLICATION live again; without one, list them.

    Drafts stay. The policy is that of `treadle publish`.
    """
    from treadle.cli.client import with_api

    if publication is None:
        _list(as_json=as_json)
        return
    address, body = f"/publications/{publication}/rollback", {"policy": policy, "comment": comment}
    done = with_api(lambda api: api.post(address, body, preview=preview))
    if as_json:
        print_json(done)
        return
    click.echo(
        f"{'would be live' if preview else 'live'}: {', '.join(done['rules'] + done['sequences']) or 'no rules'}"
    )


def _list(*, as_json: bool) -> None:
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/publications", 50))
    if as_json:
        print_json(found)
        return
    rows = (
        [each["id"], when(each["at"]), each["who"], each["files"], "live" if each["live"] else None, each["comment"]]
        for each in found
    )
    print_table(["publication", "at", "who", "files", "", "comment"], rows, empty="Nothing was ever published.")


def _print_change(change: Mapping[str, Any]) -> None:
    was = f", was {change['was']}" if change["was"] else ""
    place = f"{change['file']}:{change['line']}"
    click.echo(f"{_SIGNS[change['what']]} {change['kind']} {change['name']} {change['what']}{was}  ({place})")
    for part in change["parts"]:
        step = f" {part['step']}" if part["step"] else ""
        click.echo(f"    {_SIGNS[part['what']]} {part['part']}{step} {part['what']}, line {part['line']}")
        for sign, line in (("-", part["before"]), ("+", part["after"])):
            if line is not None and part["what"] != "moved":
                click.echo(f"      {sign} {line}")
