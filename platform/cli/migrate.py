"""`treadle migrate`: bring the database's schema up to date."""

from __future__ import annotations

import click


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date. Safe to call from several machines at once."""
    from treadle.cli.environment import settings
    from treadle.cli.loop import run
    from treadle.runtime.engine import open_engine

    here = settings()

    async def main() -> None:
        async with open_engine(here, migrate=True):
            click.echo(f"The schema is up to date. The key of this installation lies at {here.home / 'key'}.")

    run(main())
