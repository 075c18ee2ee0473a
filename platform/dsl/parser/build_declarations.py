"""Heads of tables, events, agents, limits, calendars and tests, and cells of tables. A method for each rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from treadle.dsl.nodes import (
    AgentDecl,
    CalendarDecl,
    CompareCell,
    EventDecl,
    Ident,
    InCell,
    LimitDecl,
    Name,
    Node,
    NotCell,
    RangeCell,
    TableDecl,
    TestCell,
    TestDecl,
    Unary,
)
from treadle.dsl.parser import literals
from treadle.dsl.parser.build_expressions import Children
from treadle.dsl.parser.build_members import MemberBuilder


class Limited(Node, frozen=True, kw_only=True):
    """What a limit counts, on its way into a `LimitDecl`."""

    what: Literal["messages", "calls", "spend"]
    of: Ident | None = None


class DeclarationBuilder(MemberBuilder):
    """Rules of declarations over several lines. A head comes without its lines, a line by itself."""

    def table(self, children: Children) -> TableDecl:
        _, word, params, _, returns = children
        name = self.ident(word, binds=True)
        return self.make(TableDecl, children, name=name, params=params.items, returns=returns, columns=(), rows=())

    def event(self, children: Children) -> EventDecl:
        return self.make(EventDecl, children, name=self.ident(children[1], binds=True), fields=())

    def agent(self, children: Children) -> AgentDecl:
        return self.make(AgentDecl, children, name=self.ident(children[1], binds=True), lines=())

    def calendar(self, children: Children) -> CalendarDecl:
        return self.make(CalendarDecl, children, name=self.ident(children[1], binds=True), lines=())

    def test(self, children: Children) -> TestDecl:
        return self.make(TestDecl, children, name=self.plain(children[1]), lines=())

    def limit(self, children: Children) -> LimitDecl:
        _, name, _, _, amount, limited, _, window, *_, otherwise = children
        if isinstance(window, Name) and (length := literals.unit(window.text)):
            window = self.constant("duration", [window], length)
        per = self.ident(children[9]) if len(children) == 12 else None
        return self.make(
            LimitDecl,
            children,
            name=self.plain(name),
            amount=amount,
            what=limited.what,
            of=limited.of,
            window=window,
            per=per,
            otherwise=str(otherwise),
        )

    def limited(self, children: Children) -> Limited:
        of = self.ident(children[2]) if len(children) == 3 else None
        return self.make(Limited, children, what=str(children[0]), of=of)

    # --- cells of tables

    def compare_cell(self, children: Children) -> CompareCell:
        return self.make(CompareCell, children, sign=str(children[0]), value=children[1])

    def range_cell(self, children: Children) -> RangeCell:
        return self.make(RangeCell, children, low=children[0], high=children[2])

    def in_cell(self, children: Children) -> InCell:
        return self.make(InCell, children, items=children[1])

    def not_in_cell(self, children: Children) -> NotCell:
        return self.make(NotCell, children, of=self.in_cell(children[1:]))

    def not_range_cell(self, children: Children) -> NotCell:
        return self.make(NotCell, children, of=self.range_cell(children[1:]))

    def value_cell(self, children: Children) -> TestCell | NotCell | CompareCell:
        value = children[0]
        if any(isinstance(each, Name) and each.text == "it" for each in _inside(value)):
            return self.make(TestCell, children, test=value)
        if isinstance(value, Unary) and value.sign == "not":
            of = self.make(CompareCell, [value.of], sign="==", value=value.of)
            return self.make(NotCell, children, of=of)
        return self.make(CompareCell, children, sign="==", value=value)


def _inside(value: Any) -> Iterator[Node]:
    """The node and all nodes in it. Nesting was bounded when they were made."""
    if isinstance(value, Node):
        yield value
        for name in value.__struct_fields__:
            yield from _inside(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _inside(each)
