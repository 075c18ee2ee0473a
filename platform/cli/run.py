"""`treadle run`: one event through one file, by the very machine that runs rules live. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.files import read_json, sources
from treadle.cli.output import json_option, print_json

if TYPE_CHECKING:
    from treadle.runtime.tryout import Tryout


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--event", required=True, metavar="TRIGGER=EVENT.json", help="The event: acme.order_placed=order.json.")
@click.option("--live", is_flag=True, help="Really send the effects, through the connections of this installation.")
@catalogue_option
@json_option
def run(file: Path, event: str, live: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """What an event makes the rules of FILE do, each step with input and output. Waits are jumped over."""
    from treadle.cli.loop import run as finish
    from treadle.cli.sound import sound_program

    trigger, equals, path = event.partition("=")
    if not equals:
        raise click.UsageError(f"{event!r} is not TRIGGER=EVENT.json.")
    files, data = sources([file]), read_json(Path(path))
    program = sound_program(files)
    tried = finish(_live(files, trigger, data) if live else _tried(files, trigger, data))
    if as_json:
        print_json(tried)
        return
    from treadle.cli.tried import print_tryout

    print_tryout(tried, program)


async def _tried(files: dict[str, str], trigger: str, data: Any) -> Tryout:
    from treadle.cli.faults import InputFault
    from treadle.cli.world import catalogue_for
    from treadle.runtime.engine import EventInvalid
    from treadle.runtime.tryout import try_file

    try:
        return await try_file(files, catalogue_for(files), trigger, data)
    except EventInvalid as invalid:
        raise InputFault(f"{invalid}; the file has to `use` its plugin.") from None


async def _live(files: dict[str, str], trigger: str, data: Any) -> Tryout:
    from treadle.cli.environment import settings
    from treadle.cli.faults import InputFault
    from treadle.runtime.engine import EventInvalid, open_engine
    from treadle.runtime.tryout import try_file

    here = settings()
    async with open_engine(here, migrate=here.database_url is None) as engine:
        try:
            return await try_file(files, await engine.world(), trigger, data, live=engine)
        except EventInvalid as invalid:
            raise InputFault(f"{invalid}.") from None
