"""The file that is edited: its declarations, found by kind and name, each with its lines. Owns their addresses."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from treadle.dsl import nodes
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.editing.refs import DeclRef, Kind
from treadle.dsl.editing.refusing import Refusal, refused
from treadle.dsl.editing_codes import NO_DECLARATION, NO_PART
from treadle.dsl.graph import Graph
from treadle.dsl.parser import Parsed
from treadle.dsl.parser.blocks import Block, cut
from treadle.dsl.parser.layout import Line, arrange
from treadle.dsl.spans import NOWHERE, Lines, Span
from treadle.dsl.spelling import did_you_mean

KINDS: Mapping[type, Kind] = {
    nodes.Edition: "edition",
    nodes.Use: "use",
    nodes.Let: "let",
    nodes.FunctionDecl: "function",
    nodes.TableDecl: "table",
    nodes.EventDecl: "event",
    nodes.AgentDecl: "agent",
    nodes.LimitDecl: "limit",
    nodes.CalendarDecl: "calendar",
    nodes.RuleDecl: "rule",
    nodes.SequenceDecl: "sequence",
    nodes.TestDecl: "test",
}


class Target(msgspec.Struct, frozen=True):
    """One declaration where it stands; `root` is its first line, whose offsets count from the block's start."""

    source: Source
    block: Block
    decl: nodes.Decl
    root: Line

    @property
    def text(self) -> str:
        """The text of the whole file."""
        return self.source.text

    @property
    def shown(self) -> str:
        """How a message calls it."""
        found = reference(self.decl)
        return f"The {found.kind} `{found.name}`" if found.name else f"The line `{found.kind}`"

    def at(self, offset: int) -> int:
        """The offset in the file of one in the block."""
        return self.block.start + offset

    def code(self, line: Line) -> str:
        """The code of a line as written."""
        return self.text[self.at(line.scan.start) : self.at(line.scan.end)]

    def span(self, line: Line) -> Span:
        """The span of a line's code."""
        return self.source.span(self.at(line.scan.start), self.at(line.scan.end))


class Source:
    """One file that was read. `graphs` are those of this very text; their steps' ids are the ones that operations name.
    `aliases` are the names of plugins in it.
    """

    def __init__(self, parsed: Parsed, graphs: tuple[Graph, ...] = (), aliases: frozenset[str] = frozenset()) -> None:
        text, file = parsed.module.text, parsed.module.file
        self.text, self.file, self.aliases = text, file, aliases
        self.module: nodes.Module = parsed.module
        self.diagnostics: tuple[Diagnostic, ...] = parsed.diagnostics
        self.graphs = tuple(each for each in graphs if each.file == file)
        self.blocks = tuple(cut(text)) if parsed.module.decls else ()

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets."""
        return Lines(self.text).span(start, end)

    def target(self, at: int) -> Target:
        """The declaration of a number, from 0."""
        block = self.blocks[at]
        return Target(self, block, self.module.decls[at], arrange(self.text[block.start : block.end]))

    def find(self, ref: DeclRef) -> Target:
        """The first declaration of this kind and name. Refuses when there is none."""
        known = [reference(decl) for decl in self.module.decls]
        if ref in known:
            return self.target(known.index(ref))
        notes = did_you_mean(ref.name, [each.name for each in known if each.kind == ref.kind])
        raise refused(NO_DECLARATION, self.file, NOWHERE, notes=notes, kind=ref.kind, name=ref.name)


def reference(decl: nodes.Decl) -> DeclRef:
    """What a declaration is addressed by; a broken one by what it seems to be."""
    match decl:
        case nodes.BrokenDecl(keyword=keyword, name=name):
            return DeclRef(keyword, name or "")  # type: ignore[arg-type]
        case nodes.Edition():
            return DeclRef("edition")
        case nodes.Use(plugin=plugin, alias=alias):
            return DeclRef("use", (alias or plugin).text)
    name = decl.name.text if isinstance(decl.name, nodes.Ident) else str(decl.name.value)
    return DeclRef(KINDS[decl.__class__], name)


def no_part(target: Target, part: str, known: tuple[str, ...] = ()) -> Refusal:
    """The declaration does not have what is asked for: to be raised."""
    notes = (f"there is {', '.join(f'`{each}`' for each in known)}",) if known else ()
    span = target.span(target.root)
    return refused(NO_PART, target.source.file, span, notes=notes, owner=target.shown, part=part)
