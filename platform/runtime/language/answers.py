"""Each verb of `/language` over a project that is up to date. Owns their form; `treadle.dsl` knows what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from treadle.dsl import services
from treadle.dsl.compiling import diagnose
from treadle.dsl.diagnostics import Diagnostic, Position, Report, TextEdit, report
from treadle.dsl.editing import Edited, Refused, all_addresses, apply_in, change
from treadle.dsl.facade import format_text, mermaid, svg
from treadle.dsl.graph import Graph
from treadle.dsl.project import Project
from treadle.runtime.language import shapes
from treadle.runtime.language.messages import Declined, Event, Made, Survey, ToCompile


class Decline(Exception):
    """There is no answer to give; `told` says why."""

    def __init__(self, told: Declined) -> None:
        super().__init__(told.detail)
        self.told = told


class Desk:
    """What an answer is made of: the project with the edited file in place, and the name of the stored files."""

    def __init__(self, project: Project, base: str) -> None:
        self.project, self.base = project, base


def reports(found: Iterable[Diagnostic]) -> tuple[Report, ...]:
    """The public form of diagnostics."""
    return tuple(map(report, found))


def check(desk: Desk, asked: shapes.ToCheck) -> shapes.Checked:
    """What is wrong."""
    if asked.files is not None:
        return shapes.Checked(diagnostics=reports(diagnose(asked.files, desk.project.catalogue)))
    found = desk.project.diagnostics()
    if asked.everywhere:
        return shapes.Checked(diagnostics=reports(found), base=desk.base)
    here = reports(each for each in found if each.file == asked.file)
    return shapes.Checked(diagnostics=here, base=desk.base, elsewhere=_elsewhere(found, asked.file))


def count(desk: Desk, _: Survey) -> shapes.Checked:
    """How much is wrong with each file, as it is stored."""
    return shapes.Checked(diagnostics=(), base=desk.base, elsewhere=_elsewhere(desk.project.diagnostics(), None))


def _elsewhere(found: Iterable[Diagnostic], file: str | None) -> tuple[shapes.Elsewhere, ...]:
    counts = Counter((each.file, each.severity) for each in found if each.file != file)
    files = dict.fromkeys(each for each, _ in counts)
    return tuple(shapes.Elsewhere(each, counts[each, "error"], counts[each, "warning"]) for each in files)


def canonical(_: Desk, asked: shapes.OnFile) -> shapes.Reformatted:
    """The canonical form; it depends on no other file."""
    made = format_text(asked.text, asked.file)
    done = change(asked.text, [TextEdit(0, len(asked.text), made.text)])
    return shapes.Reformatted(text=done.text, edits=done.edits, diagnostics=reports(made.diagnostics))


def complete(desk: Desk, asked: shapes.OnPlace) -> shapes.Completions:
    """What may be written."""
    items = services.complete(desk.project, asked.file, Position(asked.line, asked.col))
    return shapes.Completions(items=items, base=desk.base)


def hover(desk: Desk, asked: shapes.OnPlace) -> shapes.Hovered:
    """What is known."""
    found = services.hover(desk.project, asked.file, Position(asked.line, asked.col))
    return shapes.Hovered(hover=found, base=desk.base)


def symbols(desk: Desk, asked: shapes.ToSymbols) -> shapes.Symbols:
    """What there is."""
    if asked.query is not None:
        return shapes.Symbols(found=services.workspace_symbols(desk.project, asked.query), base=desk.base)
    return shapes.Symbols(symbols=services.document_symbols(desk.project, asked.file), base=desk.base)


def graph(desk: Desk, asked: shapes.ToGraph) -> shapes.Graphs:
    """What rules compile to."""
    graphs = [each for each in services.graphs(desk.project, asked.file) if asked.name in (None, each.name)]
    declarations = [each for each in _steps(desk.project, asked.file) if asked.name in (None, each.decl.name)]
    return shapes.Graphs(
        graphs=_drawn(graphs),
        declarations=tuple(declarations),
        diagnostics=reports(desk.project.diagnostics(asked.file)),
        drawing=_picture(graphs, asked.drawing),
        base=desk.base,
    )


def _drawn(graphs: Iterable[Graph]) -> tuple[shapes.Drawn, ...]:
    return tuple(shapes.Drawn(version=each.version(), graph=each) for each in graphs)


def _steps(project: Project, file: str) -> tuple[shapes.Steps, ...]:
    return tuple(shapes.Steps(decl=decl, steps=steps) for decl, steps in all_addresses(project, file))


def _picture(graphs: list[Graph], drawing: str | None) -> str | None:
    match drawing:
        case "svg":
            return svg(graphs)
        case "mermaid":
            return "\n".join(map(mermaid, graphs))
    return None


def edit(desk: Desk, asked: shapes.ToEdit) -> shapes.EditedFile:
    """The file after some operations. Raises `Decline`."""
    project, file = desk.project, asked.file
    applied: list[shapes.Applied] = []
    for number, operation in enumerate(asked.operations, 1):
        done = apply_in(project, file, operation)
        if isinstance(done, Refused):
            which = (
                f"Operation {number} of {len(asked.operations)} was refused" if len(asked.operations) > 1 else "Refused"
            )
            raise Decline(Declined("edit_refused", f"{which}: {done.diagnostic.message}.", reports([done.diagnostic])))
        applied.append(_applied(done))
    others = {name for each in applied for name in each.others}
    return shapes.EditedFile(
        text=project.sources[file],
        applied=tuple(applied),
        others={name: project.sources[name] for name in sorted(others)},
        graphs=_drawn(services.graphs(project, file)),
        declarations=_steps(project, file),
        diagnostics=reports(project.diagnostics(file)),
        base=desk.base,
    )


def _applied(done: Edited) -> shapes.Applied:
    others = {
        name: shapes.OtherFile(text=each.text, edits=each.edits, inverse=each.inverse)
        for name, each in done.others.items()
    }
    return shapes.Applied(edits=done.edits, inverse=done.inverse, others=others)


def test(desk: Desk, asked: shapes.ToTest) -> shapes.TestsPlayed:
    """How the tests of the file go."""
    from treadle.runtime.language import trying  # the runtime; most processes never need it

    return trying.test(desk.project, desk.base, asked)


def explain(desk: Desk, asked: Event) -> shapes.Explained:
    """What rules make of an event. Raises `Decline`."""
    from treadle.runtime.language import trying

    return trying.explain(desk.project, desk.base, asked)


def compiled(desk: Desk, asked: ToCompile) -> Made:
    """The set that goes live. What the stored files have in common with it is known already."""
    found = desk.project.exactly(asked.files).build().compiled
    program = found.program
    return Made(
        diagnostics=found.diagnostics,
        graphs=tuple(msgspec.Raw(msgspec.json.encode(each)) for each in found.partial),
        limits=program.limits if program else found.limits,
        files=program.files if program else {},
        events=program.events if program else {},
        whole=program is not None,
    )


class Verb(msgspec.Struct, frozen=True):
    """How a verb is read and answered. Without `files` no other file is looked at."""

    asked: type
    answer: Callable[[Desk, Any], Any]
    files: bool = True


VERBS = {
    "check": Verb(shapes.ToCheck, check),
    "count": Verb(Survey, count),
    "compile": Verb(ToCompile, compiled),
    "format": Verb(shapes.OnFile, canonical, files=False),
    "complete": Verb(shapes.OnPlace, complete),
    "hover": Verb(shapes.OnPlace, hover),
    "symbols": Verb(shapes.ToSymbols, symbols),
    "graph": Verb(shapes.ToGraph, graph),
    "edit": Verb(shapes.ToEdit, edit),
    "test": Verb(shapes.ToTest, test),
    "explain": Verb(Event, explain),
}
