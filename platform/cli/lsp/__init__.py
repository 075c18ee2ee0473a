"""`treadle lsp`: what editors ask, over standard input and output."""

from __future__ import annotations

from pathlib import Path

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.faults import InputFault


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@catalogue_option
def lsp(folder: Path | None) -> None:
    """Serve editors over standard input and output (Language Server Protocol).

    All rule files under FOLDER are checked together; without it, those under the folder that the editor has open.
    """
    import gc

    try:
        from treadle.cli.lsp.server import make_server
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise InputFault("The language server needs pygls: `pip install 'treadle[lsp]'`.") from None
    gc.enable()
    make_server(folder).start_io()
