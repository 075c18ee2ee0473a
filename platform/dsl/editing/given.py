"""Texts that an operation brings: each is read alone before it goes into a file, so that it can be nothing else.

Owns what stands around such a text when it is read alone. All refuse a text that is not what it should be.
"""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.editing.addresses import depth_of
from treadle.dsl.editing.margins import STEP, deeper, lines_of
from treadle.dsl.editing.refusing import Refusal, refused
from treadle.dsl.editing_codes import UNREADABLE
from treadle.dsl.parser import parse
from treadle.dsl.parser.blocks import cut
from treadle.dsl.spans import NOWHERE

_RULE = 'rule "R"\n'


def steps(text: str, file: str) -> list[str]:
    """The lines of one or more steps."""
    lines = lines_of(text)
    shown = "".join(deeper(line, 2 * STEP) + "\n" for line in lines)
    rule = _read(f"{_RULE}  do\n{shown}", "step", file)[0]
    if not isinstance(rule, nodes.RuleDecl) or not rule.body or rule.clauses:
        raise _unreadable("step", file)
    return lines


def head(text: str, file: str) -> list[str]:
    """The lines that begin one step with a block, as `if x > 1`."""
    lines = lines_of(text)
    shown = "".join(deeper(line, 2 * STEP) + "\n" for line in [*lines, "  stop"])
    rule = _read(f"{_RULE}  do\n{shown}", "condition", file)[0]
    if not isinstance(rule, nodes.RuleDecl) or [depth_of(each) for each in rule.body] != [2]:
        raise _unreadable("condition", file)
    return lines


def clause(text: str, file: str) -> tuple[nodes.Clause, list[str]]:
    """A header clause and its lines."""
    lines = lines_of(text)
    shown = "".join(deeper(line, STEP) + "\n" for line in lines)
    rule = _read(f"{_RULE}{shown}  do\n    stop\n", "clause", file)[0]
    if not isinstance(rule, nodes.RuleDecl) or len(rule.clauses) != 1 or len(rule.body) != 1:
        raise _unreadable("clause", file)
    return rule.clauses[0], lines


def value(text: str, file: str) -> tuple[nodes.Expr, list[str]]:
    """An expression and its lines, the first without its margin."""
    lines = lines_of(text)
    shown = "\n".join([*lines[:1], *(deeper(line, STEP) for line in lines[1:])])
    let = _read(f"let x = {shown}\n", "expression", file)[0]
    if not isinstance(let, nodes.Let) or let.value.span.end != len("let x = ") + len(shown):
        raise _unreadable("expression", file)
    return let.value, lines


def name(text: str, file: str) -> str:
    """A name that may be given to a value."""
    let = _read(f"let {text} = 1\n", "name", file)[0]
    if not isinstance(let, nodes.Let) or let.name.text != text:
        raise _unreadable("name", file)
    return text


def type_of(text: str, file: str) -> str:
    """A type."""
    shown = " ".join(lines_of(text))
    found = _read(f"function f(x: {shown}) -> int = 1\n", "type", file)[0]
    if not isinstance(found, nodes.FunctionDecl) or len(found.params) != 1:
        raise _unreadable("type", file)
    return shown


def cells(texts: tuple[str, ...], file: str) -> tuple[str, ...]:
    """The cells of one row of a table, the result last."""
    stripped = tuple(" ".join(lines_of(each)) for each in texts)
    names = [f"c{at}" for at in range(len(texts) - 1)]
    params = ", ".join(f"{each}: int" for each in names)
    head = "".join(f" {each} |" for each in [*names, "->"])
    table = _read(f"table t({params}) -> int\n  |{head}\n  | {' | '.join(stripped)} |\n", "row", file)[0]
    if not isinstance(table, nodes.TableDecl) or len(table.rows) != 1:
        raise _unreadable("row", file)
    return stripped


def declarations(text: str, file: str) -> list[str]:
    """The lines of one or more declarations, and the comments around them."""
    lines = lines_of(text)
    _read("\n".join(lines) + "\n", "declaration", file)
    return lines


def declaration(text: str, file: str) -> list[str]:
    """The lines of one declaration alone."""
    lines = lines_of(text)
    shown = "\n".join(lines)
    if len(_read(shown, "declaration", file)) != 1 or next(cut(shown)).start:
        raise _unreadable("declaration", file)
    return lines


def _read(text: str, what: str, file: str) -> tuple[nodes.Decl, ...]:
    """The declarations of a text, one or more."""
    found = parse(text, file)
    if found.diagnostics or not found.module.decls:
        raise _unreadable(what, file, found.diagnostics)
    return found.module.decls


def _unreadable(what: str, file: str, found: tuple[Diagnostic, ...] = ()) -> Refusal:
    problem = found[0].message if found else f"a {what} alone has to stand there"
    notes = found[0].notes if found else ()
    return refused(UNREADABLE, file, NOWHERE, notes=notes, what=what, problem=problem[:1].lower() + problem[1:])
