"""Heads of declarations. One method for each rule of the grammar; a head comes without its block."""

from __future__ import annotations

from treadle.dsl.nodes import Edition, FunctionDecl, Let, Node, RuleDecl, SequenceDecl, Use
from treadle.dsl.parser.build_clauses import ClauseBuilder
from treadle.dsl.parser.build_declarations import DeclarationBuilder
from treadle.dsl.parser.build_expressions import Children
from treadle.dsl.parser.build_steps import StepBuilder
from treadle.dsl.parser.building import nodes_of
from treadle.dsl.syntax_codes import EDITION


class LineBuilder(ClauseBuilder, StepBuilder, DeclarationBuilder):
    """Rules of whole lines: what `engine` gives to lark."""

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
