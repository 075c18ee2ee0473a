"""What clauses, steps and heads of declarations are made of: types, parameters, what is heard, days, times of day."""

from __future__ import annotations

from typing import Any

from treadle.dsl.nodes import (
    Constant,
    Days,
    Heard,
    Ident,
    Node,
    ParamDecl,
    TypeList,
    TypeMap,
    TypeName,
    TypeRecord,
)
from treadle.dsl.parser import literals
from treadle.dsl.parser.build_expressions import Children, ExpressionBuilder
from treadle.dsl.parser.building import Child, Listed, nodes_of
from treadle.dsl.syntax_codes import NO_DAY, NO_TIME_OF_DAY, WHOLE_NUMBER


class TypeField(Node, frozen=True, kw_only=True):
    """`name: type`, on its way into a type in braces."""

    name: Ident
    type: Any


class Part(Node, frozen=True, kw_only=True):
    """An optional end of a line (`up to D`, `in ZONE`), on its way into the line's node."""

    kind: str
    value: Any


class PartBuilder(ExpressionBuilder):
    """Rules of types and of the parts of lines."""

    def type_name(self, children: Children) -> TypeName:
        words = [str(child) for child in children]
        optional = words[-1] == "?"
        return self.make(TypeName, children, name="".join(words[:-1] if optional else words), optional=optional)

    def type_list(self, children: Children) -> TypeList:
        return self.make(TypeList, children, item=children[1], optional=children[-1] == "?")

    def type_braces(self, children: Children) -> TypeMap | TypeRecord:
        fields, optional = nodes_of(children), children[-1] == "?"
        if len(fields) == 1 and fields[0].name.text == "text":
            return self.make(TypeMap, children, value=fields[0].type, optional=optional)
        pairs = tuple((field.name, field.type) for field in fields)
        return self.make(TypeRecord, children, fields=pairs, optional=optional)

    def type_field(self, children: Children) -> TypeField:
        name = self.ident(children[0])
        return self.make(TypeField, [name, children[2]], name=name, type=children[2])

    def params(self, children: Children) -> Listed:
        return Listed(nodes_of(children), children[0], children[-1])

    def param(self, children: Children) -> ParamDecl:
        name = self.ident(children[0], binds=True)
        return self.make(ParamDecl, [name, children[2]], name=name, type=children[2])

    def heard(self, children: Children) -> Heard:
        words = [self.ident(child) for child in children if getattr(child, "type", "") == "NAME"]
        listed = [child for child in children if isinstance(child, Listed)]
        alias, trigger = words if len(words) == 2 else (None, words[0])
        args = listed[0].items if listed else ()
        return self.make(Heard, [*words, *listed], alias=alias, trigger=trigger, args=args)

    def days(self, children: Children) -> Days:
        found = sorted({day for each in nodes_of(children) for day in each.days})
        return self.make(Days, children, days=tuple(found))

    def day_range(self, children: Children) -> Days:
        first, last = children[0], children[-1]
        if len(children) == 3:
            for group in (each for each in (first, last) if literals.is_group(str(each))):
                self.report(NO_DAY, group, notes=("a range goes from one day to another",), word=str(group))
                first = last = group
        return self.make(Days, children, days=literals.days(str(first), str(last)))

    def count(self, children: Children) -> Constant:
        """A whole number."""
        found = self.number(children)
        if found.kind == "int":
            return found
        self.report(WHOLE_NUMBER, found, found=found.source)
        return self.constant("int", children, 1)

    def clock(self, token: Child) -> Constant:
        """A time of day."""
        value = literals.clock(str(token))
        if value is None:
            self.report(NO_TIME_OF_DAY, token, found=str(token))
        return self.constant("time", [token], value or "00:00:00")

    def zone(self, children: Children) -> Part:
        return self.make(Part, children, kind="zone", value=children[-1])

    def per_key(self, children: Children) -> Part:
        return self.make(Part, children, kind="key", value=children[-1])

    def up_to(self, children: Children) -> Part:
        return self.make(Part, children, kind="up to", value=children[-1])

    def catch_up(self, children: Children) -> Part:
        word = "skip" if children[0] == "skip" else str(children[-1])
        return self.make(Part, children, kind="catch up", value=word)


def part(children: Children, kind: str) -> Any:
    """The value of the part of this kind, None when the line has none."""
    return next((child.value for child in children if isinstance(child, Part) and child.kind == kind), None)


def behind(children: Children, word: str) -> Any:
    """What stands behind a word of the line, None when the line does not have it."""
    found = (at for at, child in enumerate(children) if getattr(child, "type", "") == word.upper())
    return next((children[at + 1] for at in found), None)
