"""Files that must be sound before a command can go on."""

from __future__ import annotations

from collections.abc import Mapping

import click

from treadle.cli.diagnostics import counted, print_found
from treadle.cli.world import catalogue_for
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Program


def sound_program(files: Mapping[str, str], catalogue: Catalogue | None = None) -> Program:
    """What the files compile to. With errors in them they are shown, and the command ends with status 1."""
    compiled = compile_files(files, catalogue or catalogue_for(files))
    if compiled.program is None:
        print_found(compiled.diagnostics, files)
        click.echo(counted(compiled.diagnostics, len(files)), err=True)
        raise click.exceptions.Exit(1)
    return compiled.program
