"""A run as a person reads it: what happened, in order, with values, times and the lines of the rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from treadle.cli.output import compact, console, money, when

MARKS = {
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "unknown": ("?", "yellow"),
    "intent": ("…", "cyan"),
    "skipped": ("-", "yellow"),
}
WIDTH = 300
"""Characters of a value that a table shows; `--json` has all of it."""
NOTEWORTHY = 1
"""Seconds before a step that are worth a line."""


def print_run(run: dict[str, Any]) -> None:
    """The head of the run, then a row a step."""
    from rich.text import Text

    out = console()
    colour = {"done": "green", "failed": "red", "stopped": "cyan"}.get(run["status"], "yellow")
    head = Text.assemble((run["rule"], "bold"), "  ", (run["status"], colour), f"  {_took(run, 'created_at')}")
    out.print(head)
    out.print(Text(f"run {run['id']}, started {when(run['created_at'])}", style="dim"))
    if run["error"]:
        out.print(Text(run["error"]["message"], style=colour))
    if run["retry_of"]:
        out.print(Text(f"run again from {run['retry_of']}", style="dim"))
    for said in run["resolutions"]:
        out.print(Text(_resolved(run, said), style="yellow"))
    if run["cost"]:
        out.print(Text(f"cost {', '.join(map(money, run['cost']))}", style="dim"))
    if run["steps"]:
        out.print(steps_table(map(_cells, run["steps"]), clock="time"))


def _resolved(run: dict[str, Any], said: dict[str, Any]) -> str:
    """What somebody said about a call whose outcome was unknown."""
    number = next((step["seq"] for step in run["steps"] if step["id"] == said["step_id"]), "?")
    why = f": {said['reason']}" if said["reason"] else ""
    return f"step {number}: {said['who']} said {said['how']!r} at {when(said['at'])}{why}"


def steps_table(rows: Iterable[Sequence[Any]], *, clock: str) -> Any:
    """A table of steps: mark and number, what, input, output, `clock`, source line."""
    from rich.box import ROUNDED
    from rich.table import Table

    table = Table(box=ROUNDED, show_lines=True, header_style="bold", border_style="dim")
    for name in ("step", "what", "input", "output"):
        table.add_column(name, overflow="fold")
    table.add_column(clock, justify="right", no_wrap=True)
    table.add_column("line", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def shown_values(given: Any) -> Any:
    """A value as the table shows it: a line for each field that is there, a dash for nothing."""
    from rich.text import Text

    if given is None:
        return Text("-", style="dim")
    if not isinstance(given, dict):
        return Text(compact(given, WIDTH))
    there = [(name, value) for name, value in given.items() if value is not None]
    return Text("\n").join(Text.assemble((f"{name}: ", "dim"), compact(value, WIDTH)) for name, value in there)


def _cells(step: dict[str, Any]) -> tuple[Any, ...]:
    from rich.text import Text

    mark, colour = MARKS[step["state"]]
    answer = Text(step["error"]["message"], style=colour) if step["error"] else shown_values(step["output"])
    took = _took(step, "started_at") + (f"\n{step['tries']} tries" if step["tries"] > 1 else "")
    if (step["waited"] or 0) >= NOTEWORTHY:
        took += f"\nafter {_span(step['waited'])}"
    if step["cost"]:
        took += f"\n{money(step['cost'])}"
    number, what = Text(f"{mark} {step['seq']}", style=colour), Text(step["what"], style="bold")
    return number, what, shown_values(step["input"]), answer, took, _line(step)


def _line(step: dict[str, Any]) -> str:
    at = step["source"]
    return f"{at['file']}:{at['line']}:{at['col']}" if at else "-"


def _took(thing: dict[str, Any], since: str) -> str:
    if not thing[since] or not thing["ended_at"]:
        return "-"
    seconds = (datetime.fromisoformat(thing["ended_at"]) - datetime.fromisoformat(thing[since])).total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else _span(seconds)


def _span(seconds: float) -> str:
    """`42 s`, `3 min 20 s`, `2 d 4 h`: the two units that say most."""
    left, parts = round(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
