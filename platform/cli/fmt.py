"""`treadle fmt`: rule files in their one form."""

from __future__ import annotations

from pathlib import Path

import click

from treadle.cli.files import paths_argument, read_rule, rule_files


@click.command()
@paths_argument
@click.option("--check", "only_check", is_flag=True, help="Change nothing; status 1 when a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
def fmt(paths: tuple[Path, ...], only_check: bool, diff: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Bring these files and folders into their one form. There are no options of style."""
    changed = [path for path in rule_files(paths) if _format(path, write=not (only_check or diff), diff=diff)]
    if changed and (only_check or diff):
        raise click.exceptions.Exit(1)


def _format(path: Path, *, write: bool, diff: bool) -> bool:
    """Format one file; whether it changed or would."""
    from treadle.dsl import facade

    text = read_rule(path)
    formed = facade.format(text)
    if formed == text:
        return False
    if write:
        path.write_bytes(formed.encode())
        click.echo(f"formatted {path}")
    elif diff:
        click.echo(_diff(path, text, formed), nl=False)
    else:
        click.echo(f"would format {path}")
    return True


def _diff(path: Path, old: str, new: str) -> str:
    from difflib import unified_diff

    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return "".join(unified_diff(*lines, fromfile=str(path), tofile=f"{path} (formatted)"))
