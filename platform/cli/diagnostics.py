"""How findings in rule files are shown: rendered for people, the public form for programs, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from treadle.dsl.diagnostics import Diagnostic, Report, render, report
from treadle.dsl.spans import Span


def print_found(found: Iterable[Diagnostic], sources: Mapping[str, str], *, err: bool = True) -> None:
    """Each finding with its line, an empty line after each."""
    for each in found:
        click.echo(render(each, sources.get(each.file, "")) + "\n", err=err)


def print_reports(told: Iterable[Any], sources: Mapping[str, str], *, as_json: bool = False) -> None:
    """Findings as the API gave them."""
    import msgspec

    from treadle.cli.output import print_json

    if as_json:
        print_json(list(told))
        return
    print_found((_found(msgspec.convert(each, Report), sources) for each in told), sources)


def public(found: Iterable[Diagnostic]) -> list[Report]:
    """The form of `--json`."""
    return [report(each) for each in found]


def counted(found: Iterable[Diagnostic], files: int) -> str:
    """The last line: how many of what in how many files."""
    by = [each.severity for each in found]
    where = f"{files} file{'' if files == 1 else 's'}"
    if not by:
        return f"{where}, nothing to say"
    parts = [f"{by.count(kind)} {kind}{'' if by.count(kind) == 1 else 's'}" for kind in ("error", "warning")]
    return f"{where}: {', '.join(part for part in parts if not part.startswith('0 '))}"


def _found(told: Report, sources: Mapping[str, str]) -> Diagnostic:
    """A finding from its public form, which has lines and columns alone."""
    from treadle.dsl.services.trees import offset_of

    text = sources.get(told.file, "")
    span = Span(
        offset_of(text, told.start),
        offset_of(text, told.end),
        told.start.line,
        told.start.col,
        told.end.line,
        told.end.col,
    )
    return Diagnostic(
        code=told.code,
        severity=told.severity,
        message=told.message,
        file=told.file,
        span=span,
        notes=told.notes,
        fixes=told.fixes,
    )
