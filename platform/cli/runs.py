"""`treadle runs`: what rules did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from treadle.cli.doubts import print_doubts
from treadle.cli.lazy import DefaultGroup
from treadle.cli.moments import since_option, until_option
from treadle.cli.ordering import cancel_run, resolve_step, retry_run
from treadle.cli.output import json_option, print_json, print_started, print_table, when


@click.group(cls=DefaultGroup, default="list")
def runs() -> None:
    """What rules did, step by step. Without a word after it: `list`."""


@runs.command("list")
@click.option("--rule", metavar="NAME", help="Only runs of this rule or sequence.")
@click.option("--status", metavar="STATUS", help="done, failed, stopped, running, waiting, unknown, suppressed.")
@click.option("--event", metavar="ID", help="Only runs that this event started.")
@click.option("--entity", metavar="ENTITY", help="Only runs about this, such as acme.order:7.")
@click.option("--key", metavar="KEY", help="Only runs with this key of `once per` or `one at a time`.")
@since_option
@until_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_runs(as_json: bool, limit: int, **wanted: str | None) -> None:  # noqa: FBT001 - click calls it by name
    """Runs, newest first. With `--status unknown` each call that a person has to settle."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/runs", limit, **wanted))
    if as_json:
        print_json(found)
        return
    if wanted["status"] == "unknown" and found:
        print_doubts(found)
        return
    rows = ([when(run["created_at"]), run["status"], run["rule"], run["id"], _why(run)] for run in found)
    print_table(["started", "status", "rule", "run", ""], rows, empty="No runs yet.")


def _why(run: dict[str, Any]) -> str:
    return run["error"]["message"] if run["error"] else ""


@runs.command("start")
@click.argument("rule")
@click.argument("args", metavar="[ARGS.json]", required=False, type=click.Path(path_type=Path, allow_dash=True))
@json_option
def start_run(rule: str, args: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Start a live RULE with `when by hand`; ARGS.json (- for standard input) holds its parameters by name."""
    from treadle.cli.client import Api, with_api
    from treadle.cli.files import read_json

    given = read_json(args) if args is not None else {}

    async def put(api: Api) -> tuple[dict[str, str], bool]:
        return await api.post("/runs", {"rule": rule, "args": given}), api.remote

    started, remote = with_api(put)
    print_started(started, remote=remote, as_json=as_json)


@runs.command("show")
@click.argument("id")
@click.option("--as-test", is_flag=True, help="Print a test block that lets the run happen again.")
@json_option
def show_run(id: str, as_test: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """One run: every step with its input, output, time and source line."""
    from treadle.cli.client import ask
    from treadle.cli.timeline import print_run

    if as_test:
        told = ask(f"/runs/{id}/test")
        print_json(told) if as_json else click.echo(told["text"], nl=False)
        return
    found = ask(f"/runs/{id}")
    if as_json:
        print_json(found)
    else:
        print_run(found)


runs.add_command(cancel_run)
runs.add_command(resolve_step)
runs.add_command(retry_run)
