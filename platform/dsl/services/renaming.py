"""A name changed wherever it is written. Owns what may be renamed, and that a renaming changes no meaning.

The proof is a check of the files as they would be: a renaming that brings an error is refused with its message.
"""

from __future__ import annotations

import re
from collections import Counter

from treadle.dsl.diagnostics import Diagnostic, TextEdit
from treadle.dsl.parser.words import RESERVED
from treadle.dsl.project import Project
from treadle.dsl.services.references import occurrence_at, unread, uses_of
from treadle.dsl.services.shapes import Edits, Refused
from treadle.dsl.services.symbols import QUOTED, RENAMED, Occurrence, Symbol
from treadle.dsl.services.views import View
from treadle.dsl.spans import Span

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "{": "\\{", "\n": "\\n", "\t": "\\t"})
_ALIASED = re.compile(r'\buse[ \t]+(\w+)([ \t]*(?:"(?:\\.|[^"\\\n])*")?)[ \t]+as[ \t]+\Z')
_WORD = re.compile(r"[^\W\d]\w*")


def prepare_rename(view: View, offset: int) -> tuple[Span, str]:
    """The stretch that holds the name to be changed, without quotes, and the name. Raises `Refused`."""
    found = _renamed(view, offset)
    span = found.span
    if found.symbol.kind in QUOTED:
        span = Span(span.start + 1, span.end - 1, span.line, span.col + 1, span.end_line, span.end_col - 1)
    return span, found.symbol.name


def rename(view: View, offset: int, name: str) -> Edits:
    """The edits that give the thing at an offset another name, in all files. Raises `Refused`."""
    found = _renamed(view, offset)
    if name == found.symbol.name:
        return {}
    return rename_symbol(view, found.symbol, name)


def rename_symbol(view: View, symbol: Symbol, name: str) -> Edits:
    """The same for what is known already. Raises `Refused`."""
    _allowed(symbol, name)
    if place := unread(view, symbol):
        raise Refused(f"Line {place.span.line} of {place.file} cannot be read and may mean `{symbol.name}`.")
    edits: dict[str, list[TextEdit]] = {}
    for file, each in uses_of(view, symbol):
        edit = _edit(view.project.sources[file], each, name)
        if edit not in edits.setdefault(file, []):
            edits[file].append(edit)
    made = {file: tuple(sorted(each, key=lambda edit: edit.start)) for file, each in edits.items()}
    _proven(view.project, made, name)
    return made


def _renamed(view: View, offset: int) -> Occurrence:
    found = occurrence_at(view, offset)
    if found is None:
        raise Refused("There is no name here.")
    ours = found.symbol.kind == "field" and found.symbol.owner in view.scope.workspace.events
    if found.symbol.kind not in RENAMED and not ours:
        what = "is the plugin's" if found.symbol.owner or found.symbol.kind == "plugin" else "is the language's"
        raise Refused(f"`{found.symbol.name}` {what} and keeps its name.")
    return found


def _allowed(symbol: Symbol, name: str) -> None:
    if symbol.kind in QUOTED:
        if not name.strip() or "\n" in name:
            raise Refused("A name needs a letter and stands on one line.")
    elif not _WORD.fullmatch(name):
        raise Refused(f"`{name}` is no name: letters, digits and `_`, the first no digit.")
    elif name in RESERVED:
        raise Refused(f"`{name}` is a word of the language.")


def _edit(text: str, found: Occurrence, name: str) -> TextEdit:
    span = found.span
    if found.implied:
        return _alias(text, span, name)
    written = _ALIASED.search(text, 0, span.start) if found.declares and found.symbol.kind == "use" else None
    if written and written.group(1) == name:  # the plugin's own name needs no `as`
        return TextEdit(written.end(2), span.end, "")
    if found.symbol.kind in QUOTED:
        return TextEdit(span.start, span.end, quoted(name))
    return TextEdit(span.start, span.end, name)


def _alias(text: str, plugin: Span, name: str) -> TextEdit:
    """`use kommo "spain"` gets an `as` behind its connection."""
    behind = re.compile(r'(?:[ \t]*"(?:\\.|[^"\\\n])*")?').match(text, plugin.end)
    at = behind.end() if behind else plugin.end
    return TextEdit(at, at, f" as {name}")


def quoted(text: str) -> str:
    """A text as the language writes it."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{").replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _proven(project: Project, edits: Edits, name: str) -> None:
    before = project.diagnostics()
    after = tried(project, edits)
    new = Counter(_kind(each) for each in after) - Counter(_kind(each) for each in before)
    fault = next((each for each in after if new[_kind(each)]), None)
    if fault is not None:
        raise Refused(f"`{name}` does not do here: {fault.message} ({fault.file}:{fault.span.line})")


def _kind(found: Diagnostic) -> tuple[str, str, bool]:
    return (found.code, found.file, found.severity == "error")


def tried(project: Project, edits: Edits) -> tuple[Diagnostic, ...]:
    """What would be wrong after the edits; the project is as before."""
    return project.trying({file: applied(project.sources[file], each) for file, each in edits.items()}).diagnostics()


def applied(text: str, edits: tuple[TextEdit, ...]) -> str:
    """The text after edits that do not overlap."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])
