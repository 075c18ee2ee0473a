"""A declaration in canonical form: its lines in order, each at its depth, with its comments and blank lines."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.formatter.clauses import rank
from treadle.dsl.formatter.documents import render
from treadle.dsl.formatter.expressions import Printer, shifted
from treadle.dsl.formatter.heads import head
from treadle.dsl.formatter.steps import lines
from treadle.dsl.formatter.tables import aligned
from treadle.dsl.nodes import (
    AgentDecl,
    CalendarDecl,
    Decl,
    EventDecl,
    Node,
    RuleDecl,
    SequenceDecl,
    TableDecl,
    TableRow,
    TestDecl,
)
from treadle.dsl.parser.layout import Aside, Line

WIDTH = 120
STEP = 2


class BlockPrinter:
    """Prints one declaration. `text` is its block, `offset` where that begins in the file, which spans count from."""

    def __init__(self, text: str, offset: int, decl: Decl) -> None:
        self.text, self.offset = text, offset
        self.nodes = dict(_beginnings(decl))
        self.decl = decl
        self.rows: dict[int, str] = {}
        self.shown: list[str] = []

    def print(self, root: Line) -> str:
        """The canonical text, ending in a line feed."""
        if isinstance(self.decl, TableDecl):
            self.rows = aligned(self.decl, root.children, Printer(self.text, self.offset, 0))
        self._line(root, 0, first=True)
        return "\n".join([*self.shown, ""])

    def _line(self, line: Line, indent: int, *, first: bool) -> None:
        for aside in line.before:
            self._aside(aside, indent, first=first)
            first = False
        if line.blank and not first:
            self.shown.append("")
        trailing = line.scan.comment
        comment = f"  {self.text[trailing.start : trailing.end]}" if trailing else ""
        self.shown.append(" " * indent + self._code(line, indent) + comment)
        children = self._ordered(line.children) if indent == 0 else line.children
        for at, child in enumerate(children):
            self._line(child, indent + STEP, first=at == 0)
        for aside in line.after:
            self._aside(aside, indent + STEP if indent == 0 and line.children else indent, first=False)

    def _aside(self, aside: Aside, indent: int, *, first: bool) -> None:
        if aside.blank and not first:
            self.shown.append("")
        self.shown.append(" " * indent + self.text[aside.comment.start : aside.comment.end])

    def _ordered(self, clauses: list[Line]) -> list[Line]:
        """Clauses in canonical order. Where that moves one, the blank lines between them are given up."""
        ordered = sorted(clauses, key=lambda line: rank(self._node(line)))
        if [line.scan.start for line in ordered] != [line.scan.start for line in clauses]:
            for line in ordered:
                line.blank = False
                line.before = tuple(Aside(aside.comment, blank=False) for aside in line.before)
        return ordered

    def _code(self, line: Line, indent: int) -> str:
        source = self.text[line.scan.start : line.scan.end]
        shift = indent - line.indent
        node = self._node(line)
        if line.scan.start in self.rows:
            return self.rows[line.scan.start]
        if line.scan.inner or isinstance(node, TableRow):
            return shifted(source, shift)
        document = head(node, Printer(self.text, self.offset, shift)) if node else None
        return render(document, indent, WIDTH) if document else " ".join(source.split())

    def _node(self, line: Line) -> Node | None:
        return self.nodes.get(line.scan.start + self.offset)


def _beginnings(decl: Decl) -> Iterator[tuple[int, Node]]:
    """Each node that begins a line, by the offset of that beginning."""
    yield decl.span.start, decl
    if isinstance(decl, RuleDecl | SequenceDecl):
        yield from ((clause.span.start, clause) for clause in decl.clauses)
        yield from ((node.span.start, node) for node in lines(decl.body))
    if isinstance(decl, EventDecl | AgentDecl | CalendarDecl | TestDecl | TableDecl):
        yield from ((node.span.start, node) for node in _members(decl))


def _members(decl: EventDecl | AgentDecl | CalendarDecl | TestDecl | TableDecl) -> tuple[Node, ...]:
    match decl:
        case EventDecl(fields=fields):
            return fields
        case TableDecl(rows=rows):
            return rows
        case _:
            return decl.lines
