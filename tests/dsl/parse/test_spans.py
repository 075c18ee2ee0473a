"""The law of spans: the text of a node, read alone, is an equal node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.dsl.harness import cases

from treadle.dsl.formatter.proof import shape
from treadle.dsl.nodes import (
    BinaryExpr,
    BrokenClause,
    BrokenStep,
    Clause,
    Constant,
    Expr,
    IfArm,
    Let,
    Node,
    RuleDecl,
    SequenceDecl,
    Step,
)
from treadle.dsl.nodes import Case as CaseLines
from treadle.dsl.parser import parse

SAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "samples" / "rules").glob("*.rule"))]
CASES = [case for folder in ("format", "parse") for case in cases(folder)]
TEXTS = [*SAMPLES, *(case.text for case in CASES)]
FRAME = 'rule "R"\n  when a.b as c\n  do\n'


def inside(value: Any) -> Iterator[Node]:
    """The node and all that stand in it, but for the raw text behind `matches`, which is no expression of its own."""
    if isinstance(value, Node):
        yield value
        for name in value.__struct_fields__:
            if not (isinstance(value, BinaryExpr) and value.sign == "matches" and name == "right"):
                yield from inside(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from inside(each)


def own(node: Node, text: str, indent: int) -> str:
    """The text of the node with its first line `indent` columns deep."""
    first, *rest = text[node.span.start : node.span.end].split("\n")
    shift = indent - (node.span.col - 1)
    moved = [" " * max(len(line) - len(line.lstrip(" ")) + shift, 0) + line.lstrip(" ") for line in rest]
    return "\n".join([" " * indent + first, *moved]) + "\n"


def again(node: Node, text: str) -> tuple[str, Any]:
    """A file that holds the node's text alone, and how its node is found there; `None` for parts of a line."""
    match node:
        case IfArm() if not text.startswith("if", node.span.start):
            return f"{FRAME}    if a\n      stop\n{own(node, text, 4)}", lambda rule: rule.body[0].arms[1]
        case IfArm():
            return FRAME + own(node, text, 4), lambda rule: rule.body[0].arms[0]
        case Constant(kind="time" | "duration", source=source) if ":" in source or source.isalpha():
            return "", None  # `09:00` and `per hour` stand in clauses alone
        case CaseLines():
            return f"{FRAME}    match a\n{own(node, text, 6)}", lambda rule: rule.body[0].cases[0]
    if isinstance(node, get_args(Clause)):
        return f'rule "R"\n{own(node, text, 2)}  do\n    stop\n', lambda rule: rule.clauses[0]
    if isinstance(node, get_args(Step)):
        return FRAME + own(node, text, 4), lambda rule: rule.body[0]
    if isinstance(node, get_args(Expr)):
        return f"let x = ({text[node.span.start : node.span.end]})\n", lambda let: let.value.of
    return "", None


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_of_a_node_is_the_node(text: str) -> None:
    parsed = parse(text)
    broken = {each.span.line for each in parsed.diagnostics}
    for decl in parsed.module.decls:
        if not isinstance(decl, RuleDecl | SequenceDecl) or broken & set(range(decl.span.line, decl.span.end_line + 1)):
            continue
        for node in inside((decl.clauses, decl.body)):
            file, found = again(node, text)
            if found is None or isinstance(node, BrokenClause | BrokenStep):
                continue
            (alone,) = parse(file).module.decls
            assert parse(file).diagnostics == (), file
            assert isinstance(alone, Let | RuleDecl)
            assert shape(found(alone)) == shape(node), file
