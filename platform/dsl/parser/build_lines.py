"""Types and whole lines: heads of declarations, clauses, steps. One method for each rule of the grammar."""

from __future__ import annotations

from typing import Any

from treadle.dsl.nodes import (
    AssignStep,
    BrokenStep,
    CallExpr,
    CallStep,
    Edition,
    Expr,
    FunctionDecl,
    Heard,
    Ident,
    IfArm,
    Let,
    Node,
    OncePer,
    ParamDecl,
    Retry,
    RuleDecl,
    SequenceDecl,
    StartStep,
    StopStep,
    TextStep,
    TypeList,
    TypeMap,
    TypeName,
    TypeRecord,
    Use,
    WaitStep,
    When,
    Where,
)
from treadle.dsl.parser.build_expressions import Children, ExpressionBuilder
from treadle.dsl.parser.building import Listed, nodes_of
from treadle.dsl.syntax_codes import EDITION, MODIFIER, NO_EFFECT


class Timeout(Node, frozen=True, kw_only=True):
    """`timeout D`, on its way into a `CallStep`."""

    value: Expr


class Otherwise(Node, frozen=True, kw_only=True):
    """A lone `else`, on its way into an `IfStep`."""


class TypeField(Node, frozen=True, kw_only=True):
    """`name: type`, on its way into a type in braces."""

    name: Ident
    type: Any


class LineBuilder(ExpressionBuilder):
    """Rules of types and lines. A head comes without its block; a step without its label and its steps."""

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

    # --- heads of declarations

    def edition(self, children: Children) -> Edition:
        written = str(children[1])
        if written != "1":
            self.report(EDITION, children[1], edition=written)
        return self.make(Edition, children, number=1)

    def use(self, children: Children) -> Use:
        texts = [self.plain(child) for child in nodes_of(children)]
        plugin = self.ident(children[1])
        named = "as" in [str(child) for child in children if not isinstance(child, Node)]
        alias = self.ident(children[-1], binds=True) if named else None
        return self.make(Use, children, plugin=plugin, connection=texts[0] if texts else None, alias=alias)

    def let(self, children: Children) -> Let:
        name = self.ident(children[1], binds=True)
        return self.make(Let, children, name=name, value=children[3])

    def function(self, children: Children) -> FunctionDecl:
        _, word, params, _, returns, _, body = children
        name = self.ident(word, binds=True)
        return self.make(FunctionDecl, children, name=name, params=params.items, returns=returns, body=body)

    def rule(self, children: Children) -> RuleDecl:
        return self.make(RuleDecl, children, name=self.plain(children[1]), clauses=(), body=())

    def sequence(self, children: Children) -> SequenceDecl:
        params = children[2].items if len(children) == 3 else ()
        return self.make(SequenceDecl, children, name=self.plain(children[1]), params=params, clauses=(), body=())

    # --- clauses

    def when(self, children: Children) -> When:
        alias, trigger = self.ident(children[1]), self.ident(children[3])
        args = next((child.items for child in children if isinstance(child, Listed)), ())
        name = self.ident(children[-1], binds=True)
        heard = self.make(Heard, children[1:-2], alias=alias, trigger=trigger, args=args)
        return self.make(When, children, heard=heard, name=name)

    def where(self, children: Children) -> Where:
        return self.make(Where, children, test=children[1])

    def once(self, children: Children) -> OncePer:
        within = children[4] if len(children) == 5 else None
        return self.make(OncePer, children, key=children[2], within=within)

    # --- steps

    def if_line(self, children: Children) -> IfArm:
        return self.make(IfArm, children, test=children[-1], body=())

    else_if_line = if_line

    def else_line(self, children: Children) -> Otherwise:
        return self.make(Otherwise, children)

    def wait_line(self, children: Children) -> WaitStep:
        return self.make(WaitStep, children, duration=children[1])

    def text_line(self, children: Children) -> TextStep:
        return self.make(TextStep, children, verb=str(children[0]), text=children[1])

    def stop_line(self, children: Children) -> StopStep:
        return self.make(StopStep, children)

    def start_line(self, children: Children) -> StartStep:
        args = children[2].items if len(children) == 3 else ()
        return self.make(StartStep, children, sequence=self.plain(children[1]), args=args)

    def assign_line(self, children: Children) -> CallStep | AssignStep:
        word, _, value, *modifiers = children
        name = self.ident(word, binds=True)
        if isinstance(value, CallExpr):
            return self._call(children, value, name, modifiers)
        for modifier in modifiers:
            self.report(MODIFIER, modifier, modifier=_word(modifier), reason="stands only behind the call of an action")
        return self.make(AssignStep, children, name=name, value=value)

    def call_line(self, children: Children) -> CallStep | BrokenStep:
        value, *modifiers = children
        if not isinstance(value, CallExpr):
            self.report(NO_EFFECT, value)
            return self.make(BrokenStep, children)
        return self._call(children, value, None, modifiers)

    def timeout(self, children: Children) -> Timeout:
        return self.make(Timeout, children, value=children[1])

    def retry(self, children: Children) -> Retry:
        written = str(children[1])
        if not written.isdigit() or not 1 <= len(written) <= 3:
            self.report(MODIFIER, children[1], modifier="retry", reason="takes a whole number of times, at most 999")
            written = "1"
        return self.make(Retry, children, times=int(written), over=children[4])

    def no_retry(self, children: Children) -> Retry:
        return self.make(Retry, children, times=1, over=None)

    def _call(self, children: Children, call: CallExpr, name: Ident | None, modifiers: Children) -> CallStep:
        found: dict[str, Any] = {}
        for modifier in modifiers:
            word = _word(modifier)
            if word in found:
                self.report(MODIFIER, modifier, modifier=word, reason="stands here twice")
            found.setdefault(word, modifier)
        timeout = found["timeout"].value if "timeout" in found else None
        return self.make(CallStep, children, call=call, name=name, timeout=timeout, retry=found.get("retry"))


def _word(modifier: Node) -> str:
    return "timeout" if isinstance(modifier, Timeout) else "retry"
