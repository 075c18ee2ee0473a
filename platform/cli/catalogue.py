"""`treadle catalogue`: what the connected accounts hold, as a file that `check` reads where no database is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.faults import InputFault
from treadle.cli.output import json_option

if TYPE_CHECKING:
    from treadle.dsl.catalogue import Account

NAME = "catalogue.json"
_CHOSEN = "treadle.catalogue"


@click.group()
def catalogue() -> None:
    """What the connected accounts hold: stages, fields, users, tables, models."""


@catalogue.command("pull")
@click.argument("file", default=NAME, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--cached", is_flag=True, help="Ask no service; write what was last looked up.")
@json_option
def pull(file: Path, cached: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Ask the accounts what they hold and write it to FILE (catalogue.json). Former names in FILE are kept."""
    from treadle.cli.client import Api, with_api
    from treadle.cli.output import print_json
    from treadle.dsl.accounts_file import write

    before = read_accounts(file) if file.exists() else {}

    async def fetch(api: Api) -> Any:
        return await (api.get("/catalogue") if cached else api.post("/catalogue/pull"))

    answer = with_api(fetch)
    accounts = _merged(before, answer["accounts"])
    if not accounts:
        raise InputFault(_nothing(answer["failed"]))
    file.write_text(write(accounts), encoding="utf-8")
    if as_json:
        print_json({"file": str(file), "accounts": sorted(accounts), "failed": answer["failed"]})
        return
    for name, reason in sorted(answer["failed"].items()):
        kept = "what was known of it is kept" if name in accounts else "nothing is known of it"
        click.echo(f"{name}: {reason.rstrip('.')}; {kept}.", err=True)
    for name in sorted(accounts):
        click.echo(f"{name}: {_counted(accounts[name])}")
    click.echo(f"written to {file}")


def chosen_file() -> Path | None:
    """What `--catalogue` of the running command says."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_CHOSEN) if context else None


def _choose(context: click.Context, _param: click.Parameter, file: Path | None) -> None:
    context.meta[_CHOSEN] = file


def catalogue_option(command: Any) -> Any:
    """`--catalogue FILE` for a command that checks files; `catalogue_for` finds what was given."""
    return click.option(
        "--catalogue",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_choose,
        help="What the accounts hold; else the catalogue.json beside the rules.",
    )(command)


def read_accounts(file: Path) -> dict[str, Account]:
    """The accounts of a catalogue file. Raises `InputFault`."""
    from treadle.dsl.accounts_file import NoAccounts, read

    try:
        return read(file.read_bytes())
    except NoAccounts as wrong:
        raise InputFault(f"{file}: {wrong}.") from None
    except OSError as failure:
        raise InputFault(f"{file}: {failure.strerror}.") from None


def _merged(before: dict[str, Account], answered: Any) -> dict[str, Account]:
    """The accounts of the answer, with the names that the file remembers."""
    import msgspec

    from treadle.dsl.accounts_file import remembering
    from treadle.dsl.catalogue import Account

    now = msgspec.convert(answered, dict[str, Account])
    return {
        name: msgspec.structs.replace(each, choices=remembering(before[name].choices, each.choices))
        if name in before and before[name].plugin == each.plugin
        else each
        for name, each in now.items()
    }


def _nothing(failed: dict[str, str]) -> str:
    if not failed:
        return "No account is connected: `treadle connections add PLUGIN`."
    return " ".join(f"{name}: {reason.rstrip('.')}." for name, reason in sorted(failed.items()))


def _counted(account: Account) -> str:
    counts = [f"{len(each)} {kind.replace('_', ' ')}" for kind, each in sorted(account.choices.items())]
    return ", ".join(counts) or "nothing to pick from"
