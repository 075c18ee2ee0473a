"""`treadle graph`: what a rule compiles to. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadle.cli.catalogue import catalogue_option

if TYPE_CHECKING:
    from treadle.dsl.graph import Graph


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", metavar="NAME", help="Only this rule or sequence.")
@click.option("--format", "form", type=click.Choice(["json", "mermaid", "svg"]), default="json", show_default=True)
@catalogue_option
def graph(file: Path, rule: str | None, form: str) -> None:
    """The execution graphs of FILE: all that the runtime and the editor see of it.

    A folder instead of FILE when its files share names.
    """
    from treadle.cli.files import sources
    from treadle.cli.sound import sound_program

    files = sources([file])
    wanted = _wanted(sound_program(files).graphs, rule)
    if form == "mermaid":
        from treadle.dsl.facade import mermaid

        click.echo("\n".join(map(mermaid, wanted)), nl=False)
        return
    if form == "svg":
        from treadle.dsl.facade import svg

        click.echo(svg(wanted), nl=False)
        return
    from treadle.cli.output import print_json

    print_json([{"version": each.version(), "graph": each} for each in wanted])


def _wanted(graphs: tuple[Graph, ...], name: str | None) -> list[Graph]:
    found = [each for each in graphs if name in (None, each.name)]
    if name is not None and not found:
        known = ", ".join(repr(each.name) for each in graphs) or "none"
        raise click.UsageError(f"There is no rule or sequence {name!r}; there are: {known}.")
    return found
