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
    look = only_check or diff
    done = [_format(path, write=not look, diff=diff) for path in rule_files(paths)]
    if any(broken or (changed and look) for changed, broken in done):
        raise click.exceptions.Exit(1)


def _format(path: Path, *, write: bool, diff: bool) -> tuple[bool, bool]:
    """Format one file: whether it changed or would, and whether a part of it could not be read and was left alone."""
    from treadle.cli.diagnostics import print_found
    from treadle.dsl.facade import format_text

    text = read_rule(path)
    formatted = format_text(text, path.as_posix())
    print_found(formatted.diagnostics, {path.as_posix(): text})
    if formatted.text != text:
        _tell(path, text, formatted.text, write=write, diff=diff)
    return formatted.text != text, bool(formatted.diagnostics)


def _tell(path: Path, text: str, formed: str, *, write: bool, diff: bool) -> None:
    if write:
        path.write_bytes(formed.encode())
        click.echo(f"formatted {path}")
    elif diff:
        click.echo(_diff(path, text, formed), nl=False)
    else:
        click.echo(f"would format {path}")


def _diff(path: Path, old: str, new: str) -> str:
    from difflib import unified_diff

    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return "".join(unified_diff(*lines, fromfile=str(path), tofile=f"{path} (formatted)"))
