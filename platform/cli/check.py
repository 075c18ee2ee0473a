"""`treadle check`: what is wrong with rule files. Needs no database."""

from __future__ import annotations

from pathlib import Path

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.files import paths_argument, sources
from treadle.cli.output import json_option


def _why(context: click.Context, _option: click.Parameter, number: str | None) -> None:
    """Print the page of a code and end."""
    if number is None:
        return
    from treadle.dsl.code_page import code_page
    from treadle.dsl.codes import every
    from treadle.dsl.spelling import suggest

    codes = every()
    if number.upper() not in codes:
        near = suggest(number.upper(), codes)
        raise click.BadParameter(f"There is no code {number}." + (f" Did you mean {near}?" if near else ""))
    click.echo(code_page(codes[number.upper()]), nl=False)
    context.exit()


@click.command()
@paths_argument
@catalogue_option
@click.option("--strict", is_flag=True, help="Warnings count as faults.")
@click.option(
    "--why", metavar="CODE", is_eager=True, expose_value=False, callback=_why, help="Explain a code such as E304."
)
@json_option
def check(paths: tuple[Path, ...], strict: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Say what is wrong with these files and folders, checked together against the installed plugins."""
    from treadle.cli.cache import checked
    from treadle.cli.diagnostics import counted, print_found, public
    from treadle.cli.output import print_json
    from treadle.cli.world import catalogue_for

    files = sources(paths)
    found = checked(files, lambda: catalogue_for(files))
    if as_json:
        print_json(public(found))
    else:
        print_found(found, files, err=False)
        click.echo(counted(found, len(files)))
    if any(each.severity == "error" or strict for each in found):
        raise click.exceptions.Exit(1)
