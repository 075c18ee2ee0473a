"""`treadle explain`: what each rule makes of an event, and why. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.files import named_json, paths_argument, sources
from treadle.cli.output import json_option, print_json

if TYPE_CHECKING:
    from treadle.runtime.trials.explaining import Considered

_COLOURS = {"fired": "green", "filtered": "yellow", "suppressed": "yellow", "pending": "cyan"}


@click.command()
@paths_argument
@click.option("--event", required=True, metavar="TRIGGER=EVENT.json", help="The event: acme.order_placed=order.json.")
@catalogue_option
@json_option
def explain(paths: tuple[Path, ...], event: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """For every rule of these files: whether the event makes it fire, or the first condition that speaks against it."""
    from treadle.cli.faults import InputFault
    from treadle.cli.loop import run
    from treadle.cli.sound import sound_program
    from treadle.cli.world import catalogue_for
    from treadle.runtime.engine import EventInvalid
    from treadle.runtime.tryout import explain_event

    trigger, data = named_json(event)
    files = sources(paths)
    catalogue = catalogue_for(files)
    program = sound_program(files, catalogue)
    try:
        told = run(explain_event(program, catalogue, trigger, data))
    except EventInvalid as invalid:
        raise InputFault(f"{invalid}; the file has to `use` its plugin.") from None
    if as_json:
        print_json(told)
        return
    for each in told:
        click.echo(_line(each))
    if not told:
        click.echo("There is no rule in these files.")


def _line(told: Considered) -> str:
    if told.outcome == "unheard":
        return click.style(f'{told.file}:{told.line}  "{told.rule}": does not hear this; {told.why}', dim=True)
    outcome = click.style(told.outcome, fg=_COLOURS[told.outcome])
    return f'{told.file}:{told.line}  "{told.rule}": {outcome}' + (f": {told.why}" if told.why else "")
