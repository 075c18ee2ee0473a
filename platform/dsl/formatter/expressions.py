"""Expressions and types in canonical form, as documents that may break at brackets and before `and` and `or`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from treadle.dsl.formatter.documents import Break, Concat, Document, Nest, concat, render
from treadle.dsl.formatter.documents import Group as Together
from treadle.dsl.nodes import (
    Argument,
    BinaryExpr,
    BraceExpr,
    CallExpr,
    CoalesceExpr,
    Constant,
    Entry,
    Expr,
    Group,
    Index,
    IsSetExpr,
    LambdaExpr,
    ListExpr,
    Logic,
    Member,
    Name,
    Node,
    ParamDecl,
    Ternary,
    TextExpr,
    TypeList,
    TypeMap,
    TypeName,
    TypeNode,
    TypeRecord,
    Unary,
)

_UNITED = re.compile(r"([0-9.]+) *([a-z]+)(?: +([a-z]+))?")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "{": "\\{", "\n": "\\n", "\t": "\\t"})
_BESIDE = 10**9  # wide enough for one line


class Printer:
    """Expressions of one logical line. `text` is its block, which begins at `offset` of the file.

    Lines of texts in three quotes move by `shift` columns.
    """

    def __init__(self, text: str, offset: int, shift: int) -> None:
        self.text, self.offset, self.shift = text, offset, shift

    def expression(self, node: Expr) -> Document:
        match node:
            case Constant() | TextExpr() | Name():
                return self._leaf(node)
            case Member() | Index() | CallExpr() | Group():
                return self._postfix(node)
            case Logic() | CoalesceExpr() | BinaryExpr() | IsSetExpr() | Unary():
                return self._operation(node)
            case ListExpr(items=items):
                return bracketed("[", [self.expression(item) for item in items], "]")
            case BraceExpr(entries=entries):
                return bracketed("{", [self._entry(entry) for entry in entries], "}")
            case Ternary(then=then, test=test, other=other):
                parts = (self.expression(each) for each in (then, test, other))
                shown, condition, otherwise = parts
                return concat(shown, " if ", condition, " else ", otherwise)
            case LambdaExpr(params=params, body=body):
                return concat(", ".join(param.text for param in params), " => ", self.expression(body))

    def source(self, node: Node) -> str:
        """The node as it is written."""
        return self.text[node.span.start - self.offset : node.span.end - self.offset]

    def flat(self, node: Expr) -> str:
        """The expression on one line."""
        return render(self.expression(node), 0, _BESIDE)

    def arguments(self, args: Sequence[Argument]) -> Document:
        """The arguments of a call with their brackets."""
        return bracketed("(", [self._argument(arg) for arg in args], ")")

    def _leaf(self, node: Constant | TextExpr | Name) -> str:
        if isinstance(node, Name):
            return node.text
        if isinstance(node, Constant) and node.kind != "text":
            united = _UNITED.fullmatch(node.source)
            return " ".join(part for part in united.groups() if part) if united else node.source
        source = node.source if isinstance(node, Constant) else self.source(node)
        if source.startswith('"""'):
            return shifted(source, self.shift)
        if isinstance(node, Constant):
            return source
        shown = (part.translate(_ESCAPES) if isinstance(part, str) else f"{{{self.flat(part)}}}" for part in node.parts)
        return f'"{"".join(shown)}"'

    def _postfix(self, node: Member | Index | CallExpr | Group) -> Document:
        of = self.expression(node.of)
        match node:
            case Member(name=name, safe=safe):
                return concat(of, "?." if safe else ".", name.text)
            case Index(key=key):
                return concat(of, "[", self.expression(key), "]")
            case CallExpr(args=args):
                return concat(of, self.arguments(args))
            case Group():
                return concat("(", of, ")")

    def _operation(self, node: Logic | CoalesceExpr | BinaryExpr | IsSetExpr | Unary) -> Document:
        match node:
            case Logic(sign=sign, items=items):
                first, *rest = [self.expression(item) for item in items]
                lines = [part for item in rest for part in (Break(), f"{sign} ", item)]
                return Together(concat(first, Nest(2, Concat(tuple(lines)))))
            case CoalesceExpr(items=items):
                return _joined([self.expression(item) for item in items], " ?? ")
            case BinaryExpr(sign=sign, left=left, right=right):
                return concat(self.expression(left), f" {sign} ", self.expression(right))
            case IsSetExpr(of=of, negated=negated):
                return concat(self.expression(of), " is not set" if negated else " is set")
            case Unary(sign=sign, of=of):
                return concat("not " if sign == "not" else sign, self.expression(of))

    def _argument(self, arg: Argument) -> Document:
        value = self.expression(arg.value)
        return concat(f"{arg.name.text}: ", value) if arg.name else value

    def _entry(self, entry: Entry) -> Document:
        key = f'"{entry.key.text.translate(_ESCAPES)}"' if entry.quoted else entry.key.text
        return concat(f"{key}: ", self.expression(entry.value))


def bracketed(opening: str, items: Sequence[Document], closing: str) -> Document:
    """Items in brackets: on one line, or one a line with a comma after the last."""
    if not items:
        return opening + closing
    inner: list[Document] = [Break("")]
    for item in items[:-1]:
        inner += [item, ",", Break()]
    inner.append(items[-1])
    return Together(concat(opening, Nest(2, Concat(tuple(inner))), Break("", comma=","), closing))


def _joined(items: Sequence[Document], sign: str) -> Document:
    parts: list[Document] = [items[0]]
    for item in items[1:]:
        parts += [sign, item]
    return Concat(tuple(parts))


def optional(word: str, value: Expr | None, printer: Printer) -> Document:
    """The end of a line that may be left out: `within 1 day`, with a blank before it."""
    return concat(f" {word} ", printer.expression(value)) if value else ""


def parameters(params: Sequence[ParamDecl]) -> Document:
    """The parameters of a function or a sequence with their brackets."""
    return bracketed("(", [concat(f"{param.name.text}: ", written(param.type)) for param in params], ")")


def written(type: TypeNode) -> Document:
    """A type as the language writes it; a record may break at its fields."""
    match type:
        case TypeName(name=name):
            shown: Document = name
        case TypeList(item=item):
            shown = concat("[", written(item), "]")
        case TypeMap(value=value):
            shown = concat("{text: ", written(value), "}")
        case TypeRecord(fields=fields):
            shown = bracketed("{", [concat(f"{name.text}: ", written(field)) for name, field in fields], "}")
    return concat(shown, "?") if type.optional else shown


def shifted(source: str, shift: int) -> str:
    """Lines after the first moved by `shift` columns, as far as they have blanks to lose; empty lines stay empty."""
    first, *rest = source.replace("\r\n", "\n").split("\n")
    return "\n".join([first, *(_moved(line, shift) for line in rest)])


def _moved(line: str, shift: int) -> str:
    if not line.strip(" \t\r"):
        return ""
    blanks = len(line) - len(line.lstrip(" "))
    return " " * max(blanks + shift, 0) + line[blanks:]
