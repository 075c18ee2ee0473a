"""What `treadle test` found, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import click

from treadle.cli.diagnostics import print_found, public
from treadle.cli.output import print_json
from treadle.dsl.diagnostics import Diagnostic
from treadle.runtime.trials.outcomes import Failure, Played, Spot


class Tested(NamedTuple):
    """How the tests went, what is wrong with the files, their texts by path, and how many seconds it all took."""

    played: Sequence[Played]
    errors: Sequence[Diagnostic]
    files: Mapping[str, str]
    seconds: float

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return sum(not each.passed for each in self.played)

    @property
    def fine(self) -> bool:
        """Whether there is nothing to repair."""
        return not self.failed and not self.errors


def print_tested(tested: Tested, *, verbose: bool) -> None:
    """The failures, each with the line that it is about, and one line that counts."""
    print_found(tested.errors, tested.files, err=False)
    for each in tested.played:
        if each.failure is not None:
            click.secho(f"failed  {_title(each)}", fg="red", bold=True)
            click.echo("\n".join(told(each.failure, tested.files)) + "\n")
        elif verbose:
            click.echo(click.style("passed", fg="green") + f"  {_title(each)}")
    _print_count(tested)


def told(failure: Failure, files: Mapping[str, str]) -> Iterator[str]:
    """The lines of a failure, source lines included."""
    yield f"  {failure.message}"
    yield from _source(failure.spot, files)
    for name, shown in (("expected", failure.expected), ("got", failure.got)):
        if shown is not None:
            yield f"    {name:>8}  {shown}"
    if failure.cause is not None:
        yield "  the rule's line"
        yield from _source(failure.cause, files)
    yield from (f"    {note}" for note in failure.notes)


def print_json_report(tested: Tested) -> None:
    """The form of `--json`."""
    print_json(
        {
            "passed": len(tested.played) - tested.failed,
            "failed": tested.failed,
            "seconds": round(tested.seconds, 3),
            "tests": [_public(each) for each in tested.played],
            "diagnostics": public(tested.errors),
        }
    )


def _public(played: Played) -> dict[str, Any]:
    failure = played.failure
    return {
        "name": played.name,
        "file": played.file,
        "line": played.span.line,
        "passed": played.passed,
        "seconds": round(played.seconds, 4),
        "failure": None
        if failure is None
        else {
            "message": failure.message,
            "at": _place(failure.spot),
            "expected": failure.expected,
            "got": failure.got,
            "cause": _place(failure.cause) if failure.cause else None,
            "notes": failure.notes,
        },
    }


def _place(spot: Spot) -> dict[str, Any]:
    return {"file": spot.file, "line": spot.span.line, "col": spot.span.col}


def _title(played: Played) -> str:
    return f"{played.file}:{played.span.line}  {played.name}"


def _source(spot: Spot, files: Mapping[str, str]) -> Iterator[str]:
    lines = files.get(spot.file, "").split("\n")
    number = spot.span.line
    line = lines[number - 1].strip() if number <= len(lines) else ""
    yield f"    {spot.file}:{number} | {line}"


def _print_count(tested: Tested) -> None:
    if not tested.played and not tested.errors:
        count = len(tested.files)
        click.echo(f"no tests in {count} file{'' if count == 1 else 's'}")
        return
    parts = [f"{len(tested.played) - tested.failed} passed"]
    parts += [f"{tested.failed} failed"] if tested.failed else []
    faults = len(tested.errors)
    parts += [f"{faults} error{'' if faults == 1 else 's'} in the files"] if faults else []
    colour = "green" if tested.fine else "red"
    click.secho(f"{', '.join(parts)} in {tested.seconds:.1f} s", fg=colour)
