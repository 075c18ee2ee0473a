"""Expressions: one method for each rule of the grammar, named like it. Owns which node a rule becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle.dsl.limit_codes import DURATION_TOO_LONG, NUMBER_TOO_LONG
from treadle.dsl.nodes import (
    Argument,
    BinaryExpr,
    BraceExpr,
    CallExpr,
    CoalesceExpr,
    Constant,
    Entry,
    Group,
    Ident,
    Index,
    IsSetExpr,
    LambdaExpr,
    ListExpr,
    LiteralKind,
    Logic,
    Member,
    Name,
    Ternary,
    TextExpr,
    Unary,
)
from treadle.dsl.parser import limits, literals
from treadle.dsl.parser.building import Building, Child, Listed, nodes_of
from treadle.dsl.parser.words import RESERVED
from treadle.dsl.syntax_codes import MIXED_KEYS, PLAIN_TEXT, UNKNOWN_ESCAPE
from treadle.dsl.syntax_codes import RESERVED as RESERVED_WORD

Children = Sequence[Child]


class ExpressionBuilder(Building):
    """Rules of expressions."""

    def function_expr(self, children: Children) -> LambdaExpr:
        param = self.ident(children[0], binds=True)
        return self.make(LambdaExpr, [param, *children[1:]], params=(param,), body=children[-1])

    def ternary(self, children: Children) -> Ternary:
        then, _, test, _, other = children
        return self.make(Ternary, children, then=then, test=test, other=other)

    def logic(self, children: Children) -> Logic:
        return self.make(Logic, children, sign=str(children[1]), items=nodes_of(children))

    def unary(self, children: Children) -> Unary:
        return self.make(Unary, children, sign=str(children[0]), of=children[1])

    def binary(self, children: Children) -> BinaryExpr:
        left, *signs, right = children
        if signs[0] == "matches":
            right = self._raw(right)
        sign = " ".join(str(each) for each in signs)
        return self.make(BinaryExpr, [left, right], sign=sign, left=left, right=right)

    def is_set(self, children: Children) -> IsSetExpr:
        return self.make(IsSetExpr, children, of=children[0], negated=len(children) == 4)

    def coalesce(self, children: Children) -> CoalesceExpr:
        return self.make(CoalesceExpr, children, items=nodes_of(children))

    def member(self, children: Children) -> Member:
        of, sign, word = children
        name = self.ident(word)
        return self.make(Member, [of, name], of=of, name=name, safe=str(sign) == "?.")

    def index(self, children: Children) -> Index:
        return self.make(Index, children, of=children[0], key=children[2])

    def call(self, children: Children) -> CallExpr:
        of, arguments = children
        return self.make(CallExpr, children, of=of, args=arguments.items)

    def arguments(self, children: Children) -> Listed:
        return Listed(nodes_of(children), children[0], children[-1])

    def argument(self, children: Children) -> Argument:
        name = self.ident(children[0]) if len(children) == 3 else None
        return self.make(Argument, [name, children[-1]] if name else children, name=name, value=children[-1])

    def name(self, children: Children) -> Name:
        word = str(children[0])
        if word in RESERVED:
            self.report(RESERVED_WORD, children[0], word=word)
        return self.make(Name, children, text=word)

    def number(self, children: Children) -> Constant:
        source = str(children[0])
        if (digits := literals.digits(source)) > limits.NUMBER_DIGITS:
            self.report(NUMBER_TOO_LONG, children[0], digits=digits, limit=limits.NUMBER_DIGITS)
            return self.constant("int", children, 0)
        return self.constant("number" if "." in source else "int", children, literals.number(source))

    def duration(self, children: Children) -> Constant:
        value = literals.duration(str(children[0]))
        if value is None:
            self.report(DURATION_TOO_LONG, children[0], source=str(children[0]))
        return self.constant("duration", children, value or "PT0S")

    def money(self, children: Children) -> Constant:
        return self.constant("money", children, literals.amount(str(children[0])))

    def business_days(self, children: Children) -> Constant:
        written = str(children[0]).split()[0]
        days = int(written) if literals.digits(written) <= limits.NUMBER_DIGITS else limits.DURATION_DAYS + 1
        if days > limits.DURATION_DAYS:
            self.report(DURATION_TOO_LONG, children[0], source=str(children[0]))
        return self.constant("business_days", children, min(days, limits.DURATION_DAYS))

    def boolean(self, children: Children) -> Constant:
        return self.constant("bool", children, children[0] == "true")

    def list_expr(self, children: Children) -> ListExpr:
        return self.make(ListExpr, children, items=nodes_of(children))

    def group(self, children: Children) -> Group:
        return self.make(Group, children, of=children[1])

    def braces(self, children: Children) -> BraceExpr:
        entries = nodes_of(children)
        if len({entry.quoted for entry in entries}) > 1:
            odd = next(entry for entry in entries if entry.quoted != entries[0].quoted)
            self.report(MIXED_KEYS, odd.key)
        return self.make(BraceExpr, children, entries=entries)

    def entry(self, children: Children) -> Entry:
        key, _, value = children
        if isinstance(key, Constant | TextExpr):
            plain = self.plain(key)
            ident = Ident(id=plain.id, span=plain.span, text=str(plain.value))
            return self.make(Entry, [ident, value], key=ident, value=value, quoted=True)
        name = self.ident(key)
        return self.make(Entry, [name, value], key=name, value=value)

    def plain(self, text: Constant | TextExpr) -> Constant:
        """The text where only a plain one may stand; one that is computed is reported."""
        if isinstance(text, Constant):
            return text
        self.report(PLAIN_TEXT, text)
        start, end = text.span.start - self.reading.offset, text.span.end - self.reading.offset
        source = self.reading.text[start:end]
        return Constant(id=text.id, span=text.span, kind="text", source=source, value=source.strip('"'))

    def interpolation(self, children: Children) -> Any:
        return children[1]

    triple_interpolation = interpolation

    def text(self, children: Children) -> Constant | TextExpr:
        triple = str(children[0]) == '"""'
        raw = children[1:-1]
        depth = literals.margin(str(each) for each in raw if _is_raw(each)) if triple else 0
        parts: list[Any] = []
        for at, each in enumerate(raw):
            part = self._part(each, triple, depth, first=at == 0, last=at == len(raw) - 1)
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        parts = [part for part in parts if part != ""]
        if all(isinstance(part, str) for part in parts):
            return self.constant("text", children, "".join(parts))
        return self.make(TextExpr, children, parts=tuple(parts), triple=triple)

    def _part(self, child: Child, triple: bool, depth: int, *, first: bool, last: bool) -> Any:  # noqa: FBT001
        if getattr(child, "type", "") == "ESCAPE":
            plain = literals.unescape(str(child))
            if plain is None:
                self.report(UNKNOWN_ESCAPE, child, escape=str(child))
            return plain or ""
        if _is_raw(child):
            return literals.dedent(str(child), depth, first=first, last=last) if triple else str(child)
        return child

    def _raw(self, token: Child) -> Constant:
        return self.constant("text", [token], str(token)[1:-1])

    def constant(self, kind: LiteralKind, children: Children, value: str | int | bool) -> Constant:  # noqa: FBT001
        """A constant that spans the children, with its source."""
        span = self.span(children)
        source = self.reading.text[span.start - self.reading.offset : span.end - self.reading.offset]
        return Constant(id=self.reading.next_id(), span=span, kind=kind, source=source, value=value)


def _is_raw(child: Child) -> bool:
    return getattr(child, "type", "") in ("TEXT_PART", "TRIPLE_PART")
