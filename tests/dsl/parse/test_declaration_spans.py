"""The law of spans for declarations, their lines and cells: the text of a node, read alone, is an equal node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.dsl.harness import cases

from treadle.dsl import nodes
from treadle.dsl.formatter.proof import shape
from treadle.dsl.parser import parse

SAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "samples" / "rules").glob("*.rule"))]
CASES = [case for folder in ("format", "parse") for case in cases(folder)]
TEXTS = [*SAMPLES, *(case.text for case in CASES)]


def beneath(decl: nodes.Decl) -> Iterator[tuple[str, nodes.Node]]:
    """Each line and cell of a declaration, with the file that it may stand in alone."""
    match decl:
        case nodes.AgentDecl(lines=lines):
            yield from (("agent a\n  {}\n", line) for line in lines)
        case nodes.CalendarDecl(lines=lines):
            yield from (("calendar c\n  {}\n", line) for line in lines)
        case nodes.TestDecl(lines=lines):
            yield from (('test "t"\n  {}\n', line) for line in lines)
        case nodes.EventDecl(fields=fields):
            yield from (("event e\n  {}\n", field) for field in fields)
        case nodes.TableDecl(rows=rows, columns=columns):
            head = f"table t() -> int\n  | {' | '.join([*(each.text for each in columns), '->'])} |\n"
            yield from ((head + "  {}\n", row) for row in rows)
            alone = "table t(n: int) -> int\n  | n | -> |\n  | {} | 1 |\n"
            yield from ((alone, cell) for row in rows for cell in row.cells)


def first(decl: nodes.Decl, node: nodes.Node) -> Any:
    """What stands where the node was put."""
    match decl:
        case nodes.TableDecl(rows=(row, *_)):
            return row if isinstance(node, nodes.TableRow) else row.cells[0]
        case nodes.EventDecl(fields=(field, *_)):
            return field
        case (
            nodes.AgentDecl(lines=(line, *_)) | nodes.CalendarDecl(lines=(line, *_)) | nodes.TestDecl(lines=(line, *_))
        ):
            return line
    return decl


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_of_a_node_is_the_node(text: str) -> None:
    parsed = parse(text)
    broken = {each.span.line for each in parsed.diagnostics}
    for decl in parsed.module.decls:
        if isinstance(decl, nodes.BrokenDecl) or broken & set(range(decl.span.line, decl.span.end_line + 1)):
            continue
        for frame, node in [("{}\n", decl), *beneath(decl)]:
            file = frame.replace("{}", text[node.span.start : node.span.end])
            alone = parse(file)
            assert alone.diagnostics == (), file
            assert shape(first(alone.module.decls[0], node) if node is not decl else alone.module.decls[0]) == shape(
                node
            )
