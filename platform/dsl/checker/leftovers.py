"""Names that nothing uses: those of a file within it, those that are seen from every file in all of them.

Says nothing where a part could not be read or is wrong and may mean them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from treadle.dsl import step_codes
from treadle.dsl.checker.declarations import Checked
from treadle.dsl.checker.mentions import Mention
from treadle.dsl.checker.scopes import FileScope, Key
from treadle.dsl.spans import Span

_Files = Sequence[tuple[FileScope, tuple[Checked, ...]]]


def report_unused(files: _Files, named: Mapping[Key, Checked]) -> None:
    """Warn of what nothing uses."""
    settled = {scope.file for scope, declarations in files if _settled(scope, declarations)}
    borrowed = {key for scope, declarations in files for key in _borrowed(scope, declarations)}
    everywhere = len(settled) == len(files)
    for scope, declarations in files:
        if scope.file not in settled:
            continue
        used = _used(declarations)
        for name, span in _declared(scope):
            own = named.get((scope.file, name))
            needs_itself = own is not None and name in own.used
            others = _used(each for each in declarations if each is not own) if needs_itself else used
            if name not in others and (scope.file, name) not in borrowed and (everywhere or name not in scope.shared):
                scope.desk.report(step_codes.NEVER_USED, span, name=name)
    if everywhere:
        _report_workspace(files)


def _settled(scope: FileScope, declarations: tuple[Checked, ...]) -> bool:
    return (
        not scope.partial and not scope.desk.has_errors and all(each.complete and each.clean for each in declarations)
    )


def _borrowed(scope: FileScope, declarations: tuple[Checked, ...]) -> Iterator[Key]:
    """The names that a file uses and another one shares."""
    if scope.homes:
        yield from (scope.key(name) for name in _used(declarations) & scope.homes.keys())


def _used(declarations: Iterable[Checked]) -> frozenset[str]:
    return frozenset[str]().union(*[each.used for each in declarations])


def _declared(scope: FileScope) -> Iterator[tuple[str, Span]]:
    for name, use in scope.uses.items():
        if use.spec is not None and scope.home(name) is scope:
            yield name, use.span
    for table in (scope.lets, scope.functions):
        yield from ((name, decl.name.span) for name, decl in table.items() if scope.home(name) is scope)


def _report_workspace(files: _Files) -> None:
    """Warn of events, agents and calendars that nothing in the workspace names."""
    workspace = files[0][0].workspace if files else None
    tables = (workspace.events, workspace.agents, workspace.calendars) if workspace is not None else ()
    declared = [each for table in tables for each in table.values()]
    if not declared:
        return
    used = frozenset[Mention]().union(*(each.mentions for _, declarations in files for each in declarations))
    for scope, decl in declared:
        if (type(decl), decl.name.text) not in used:
            scope.desk.report(step_codes.NEVER_USED, decl.name.span, name=decl.name.text)
