"""`treadle run`: one event through one file, by the very machine that runs rules live. Needs no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.files import named_json, sources
from treadle.cli.output import json_option, print_json

if TYPE_CHECKING:
    from treadle.dsl.catalogue import Catalogue
    from treadle.dsl.graph import Program
    from treadle.runtime.engine import Engine
    from treadle.runtime.tryout import Tryout

    Try = Callable[[Program, Catalogue, Engine | None], Awaitable[Tryout]]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--event", metavar="TRIGGER=EVENT.json", help="The event: acme.order_placed=order.json.")
@click.option("--start", metavar="NAME[=ARGS.json]", help="Instead: a rule by hand or by the clock, or a sequence.")
@click.option("--live", is_flag=True, help="Really send the effects, through the connections of this installation.")
@catalogue_option
@json_option
def run(file: Path, event: str | None, start: str | None, live: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """What an event makes the rules of FILE do, each step with input and output. Waits are jumped over.

    A folder instead of FILE when its files share names.
    """
    from treadle.cli.loop import run as finish

    if (event is None) == (start is None):
        raise click.UsageError("Say either --event TRIGGER=EVENT.json or --start NAME.")
    attempt = _event(*named_json(event)) if event is not None else _start(str(start))
    files = sources([file])
    tried, program = finish(_live(files, attempt) if live else _tried(files, attempt))
    if as_json:
        print_json(tried)
        return
    from treadle.cli.tried import print_tryout

    print_tryout(tried, program)


def _event(trigger: str, data: Any) -> Try:
    from treadle.runtime.tryout import try_event

    return lambda program, catalogue, live: try_event(program, catalogue, trigger, data, live=live)


def _start(start: str) -> Try:
    from treadle.cli.faults import InputFault
    from treadle.runtime.tryout import try_start

    name, args = named_json(start) if start.endswith(".json") else (start, {})
    if not isinstance(args, dict):
        raise InputFault(f"The arguments of {name!r} have to be an object.")
    return lambda program, catalogue, live: try_start(program, catalogue, name, args, live=live)


async def _tried(files: dict[str, str], attempt: Try) -> tuple[Tryout, Program]:
    from treadle.cli.faults import InputFault
    from treadle.cli.sound import sound_program
    from treadle.cli.world import catalogue_for
    from treadle.runtime.engine import EventInvalid

    catalogue = catalogue_for(files)
    program = sound_program(files, catalogue)
    try:
        return await attempt(program, catalogue, None), program
    except EventInvalid as invalid:
        hint = "; the file has to `use` its plugin" if "trigger" in str(invalid) else ""
        raise InputFault(f"{invalid}{hint}.") from None


async def _live(files: dict[str, str], attempt: Try) -> tuple[Tryout, Program]:
    from treadle.cli.environment import settings
    from treadle.cli.faults import InputFault
    from treadle.cli.sound import sound_program
    from treadle.cli.within import engine_of
    from treadle.runtime.engine import EventInvalid, open_engine

    here = settings()
    async with open_engine(here, migrate=here.database_url is None) as main:
        engine = await engine_of(main, here.workspace)
        catalogue = await engine.world()
        program = sound_program(files, catalogue)
        try:
            return await attempt(program, catalogue, engine), program
        except EventInvalid as invalid:
            raise InputFault(f"{invalid}.") from None
