"""What `treadle run` found, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from treadle.cli.output import console
from treadle.cli.timeline import MARKS, shown_values, steps_table

if TYPE_CHECKING:
    from treadle.dsl.graph import Program
    from treadle.runtime.tryout import TriedRun, TriedStep, Tryout


def print_tryout(tried: Tryout, program: Program) -> None:
    """Each rule with what it made of the event, then each run step by step."""
    if not tried.rules and not tried.runs:
        click.echo(f"No rule in these files hears {tried.trigger}.")
    for rule in tried.rules:
        click.echo(f'rule "{rule.rule}": {rule.outcome}' + (f": {rule.why}" if rule.why else ""))
    for run in tried.runs:
        _print_run(run, program)
    if tried.runs:
        click.echo("Effects were really sent." if tried.live else "Effects were recorded, not sent; --live sends them.")


def _print_run(run: TriedRun, program: Program) -> None:
    from rich.text import Text

    graph = next((each for each in program.graphs if (each.kind, each.name) == (run.kind, run.name)), None)
    lines = {node.id: f"{graph.file}:{node.span.line}" for node in graph.nodes.values()} if graph else {}
    out = console()
    out.print(Text.assemble(f"\n{run.kind} ", (run.name, "bold"), f"  {run.status}"))
    if run.error:
        out.print(run.error.message)
    rows = [(*_cells(seq, step), lines.get(step.node, "-")) for seq, step in enumerate(run.steps, 1)]
    out.print(steps_table(rows, clock="at"))


def _cells(seq: int, step: TriedStep) -> tuple[object, ...]:
    from rich.text import Text

    mark, colour = MARKS[step.state]
    answer = Text(step.error.message, style=colour) if step.error else shown_values(step.output)
    at = step.at.astimezone().strftime("%m-%d %H:%M:%S") if step.at else "-"
    return Text(f"{mark} {seq}", style=colour), Text(step.what, style="bold"), shown_values(step.input), answer, at
