"""Every name in a declaration with what it stands for: from the checker's tables, node by node.

Definition, references, renaming, hovers and colours all read this; none of them resolves a name itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from treadle.dsl import nodes
from treadle.dsl.builtins import members, table
from treadle.dsl.checker import Checked, FileScope
from treadle.dsl.checker.scopes import CLOCK
from treadle.dsl.checker.tables import BuiltinRef, EventRef, LetRef, Local, TriggerRef
from treadle.dsl.services.binding import binders, local, owner_of
from treadle.dsl.services.declared import declared
from treadle.dsl.services.symbols import Occurrence, Symbol, arguments, parameters
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import UNKNOWN, Named, Record, Type, plain

Found = Iterator[Occurrence]
_STEPS = frozenset(get_args(nodes.Step))
_SILENT = frozenset(
    (
        nodes.Ident, nodes.Constant, nodes.Argument, nodes.BinaryExpr, nodes.Logic, nodes.Group, nodes.Unary,
        nodes.Entry, nodes.TextExpr, nodes.ListExpr, nodes.Ternary, nodes.IsSetExpr, nodes.CoalesceExpr, nodes.Index,
        nodes.LambdaExpr,
    )
)  # fmt: skip
"""Nodes that name nothing themselves; most nodes are."""


def occurrences(scope: FileScope, checked: Checked) -> list[Occurrence]:
    """The names of a declaration, in order of the text."""
    found = _Reader(scope, checked).read()
    return sorted(found, key=lambda each: (each.span.start, each.span.end))


class _Reader:
    def __init__(self, scope: FileScope, checked: Checked) -> None:
        self.scope, self.checked = scope, checked
        self.decl, self.tables = checked.decl, checked.tables
        self.binders, self.nodes = binders(self.decl)
        self.called: set[int] = set()

    def read(self) -> Found:
        yield from declared(self.scope, self.decl)
        for binder in self.binders:
            yield from self._local(binder.name.text, binder.name.span, binder.name.id, declares=True)
        for node in self.nodes:
            if node.__class__ not in _SILENT:
                yield from self._node(node)

    def _node(self, node: nodes.Node) -> Found:
        match node:
            case nodes.CallExpr():
                yield from self._call(node)
            case nodes.Name() if node.id not in self.called:
                yield from self._name(node)
            case nodes.Member() if node.id not in self.called:
                yield from self._member(node)
            case nodes.TypeName():
                yield from self._type(node)
            case nodes.StartStep(sequence=name, args=args) | nodes.RunStep(sequence=name, args=args):
                yield from self._sequence(name, args)
            case nodes.CancelStep(sequence=name):
                yield from self._sequence(name, ())
            case _:
                yield from self._of_plugins(node)
                yield from self._of_workspace(node)
        label = getattr(node, "label", None) if node.__class__ in _STEPS else None
        if label is not None:
            symbol = Symbol("label", label.text, self.scope.file, owner_of(self.decl))
            yield Occurrence(symbol, label.span, declares=True, node=label.id)

    def _of_plugins(self, node: nodes.Node) -> Found:
        match node:
            case nodes.Heard():
                yield from self._heard(node)
            case nodes.ToolRef(alias=alias, action=action):
                yield from self._use(alias.text, alias.span)
                yield from self._action(node, alias, action)
            case nodes.TestMock(tool=nodes.ToolRef() as tool, args=args):
                yield from arguments(args, self._owner(tool))
            case nodes.TestExpect(tool=nodes.ToolRef() as tool, args=args):
                yield from arguments(args, self._owner(tool))
            case nodes.AgentModel(alias=alias) | nodes.LimitDecl(of=nodes.Ident() as alias):
                yield from self._use(alias.text, alias.span)
            case nodes.TableDecl(columns=columns):
                for column in columns:
                    yield from self._local(column.text, column.span, column.id)

    def _of_workspace(self, node: nodes.Node) -> Found:
        """What is declared for all files."""
        match node:
            case nodes.AskStep(agent=agent) | nodes.TestMock(agent=nodes.Ident() as agent):
                yield Occurrence(Symbol("agent", agent.text), agent.span, node=node.id)
            case nodes.OnlyDuring(exception=nodes.Ident() as name):
                yield Occurrence(Symbol("calendar", name.text), name.span)
            case nodes.EmitStep(event=event, data=data) | nodes.TestExpect(event=nodes.Ident() as event, data=data):
                yield Occurrence(Symbol("event", event.text), event.span)
                yield from self._entries(data, event.text)
            case nodes.TestExpect(sequence=nodes.Constant() as name, args=args):
                yield from self._sequence(name, args)
            case nodes.TestGiven(by_hand=nodes.Constant() as name, data=data):
                yield Occurrence(Symbol("rule", str(name.value)), name.span)
                yield from self._by_hand(str(name.value), data)
            case nodes.TestGiven(heard=nodes.Heard(alias=None, trigger=event), data=data):
                yield from self._entries(data, event.text)
            case nodes.BraceExpr():
                yield from self._entries(node, _record_name(self.tables.types.get(node.id, UNKNOWN)))

    def _by_hand(self, rule: str, data: nodes.BraceExpr | None) -> Found:
        """What a test gives a rule by hand is called like the rule's parameters."""
        found = self.scope.workspace.rules.get(rule)
        if data is not None and found is not None:
            scope, decl = found
            for entry in data.entries:
                yield Occurrence(Symbol("local", entry.key.text, scope.file, owner_of(decl)), entry.key.span)

    def _local(self, name: str, span: Span, node: int, *, declares: bool = False) -> Found:
        symbol = local(self.binders, self.decl, self.scope.file, name, span.start)
        if symbol is not None:
            yield Occurrence(symbol, span, declares, node)

    def _name(self, node: nodes.Name) -> Found:
        text = node.text
        match self.tables.refs.get(node.id):
            case Local():
                if text in CLOCK and local(self.binders, self.decl, self.scope.file, text, node.span.start) is None:
                    yield Occurrence(Symbol("builtin", text), node.span, node=node.id)
                yield from self._local(text, node.span, node.id)
            case LetRef():
                yield Occurrence(Symbol("let", text, self.scope.home(text).file), node.span, node=node.id)
            case BuiltinRef():
                yield Occurrence(Symbol("builtin", text), node.span, node=node.id)
            case _:
                yield from self._unread(node)

    def _unread(self, node: nodes.Name) -> Found:
        """A name that the checker did not look up as a value."""
        text, scope = node.text, self.scope
        if text in scope.uses:
            yield from self._use(text, node.span)
        elif text in scope.functions:
            yield Occurrence(Symbol("function", text, scope.home(text).file), node.span, node=node.id)
        elif text in scope.lets:
            yield Occurrence(Symbol("let", text, scope.home(text).file), node.span, node=node.id)

    def _use(self, name: str, span: Span) -> Found:
        if name in self.scope.uses:
            yield Occurrence(Symbol("use", name, self.scope.home(name).file), span)

    def _call(self, node: nodes.CallExpr) -> Found:
        match node.of:
            case nodes.Name(text=name) as of:
                self.called.add(of.id)
                yield from self._function(name, of.span, node)
            case nodes.Member(of=nodes.Name() as alias, name=name) if alias.text in self.scope.uses and (
                not isinstance(self.tables.refs.get(alias.id), Local)
            ):
                self.called |= {node.of.id, alias.id}
                yield from self._use(alias.text, alias.span)
                yield from self._action(node, alias, name)
                use = self.scope.uses[alias.text]
                yield from arguments(node.args, f"{use.plugin}.{name.text}")
            case nodes.Member(name=name) as of:
                self.called.add(of.id)
                yield from self._function(name.text, name.span, node)

    def _function(self, name: str, span: Span, node: nodes.CallExpr) -> Found:
        if name in self.scope.functions:
            home = self.scope.home(name)
            yield Occurrence(Symbol("function", name, home.file), span, node=node.id)
            yield from parameters(node.args, home.file, owner_of(home.functions[name]))
        elif name in table():
            yield Occurrence(Symbol("builtin", name), span, node=node.id)

    def _action(self, node: nodes.Node, alias: nodes.Name | nodes.Ident, name: nodes.Ident) -> Found:
        """An action, also one that stands where only values may and that the checker did not keep."""
        use = self.scope.uses.get(alias.text)
        if use is not None and use.spec is not None and name.text in use.spec.actions:
            yield Occurrence(Symbol("action", name.text, owner=use.plugin), name.span, node=node.id)

    def _owner(self, tool: nodes.ToolRef) -> str:
        use = self.scope.uses.get(tool.alias.text)
        return f"{use.plugin if use else tool.alias.text}.{tool.action.text}"

    def _heard(self, node: nodes.Heard) -> Found:
        match self.tables.refs.get(node.id):
            case TriggerRef(plugin=plugin):
                if node.alias is not None:
                    yield from self._use(node.alias.text, node.alias.span)
                yield Occurrence(Symbol("trigger", node.trigger.text, owner=plugin), node.trigger.span, node=node.id)
                yield from arguments(node.args, f"{plugin}.{node.trigger.text}")
            case EventRef(name=name):
                yield Occurrence(Symbol("event", name), node.trigger.span, node=node.id)
            case _ if node.alias is not None:
                yield from self._use(node.alias.text, node.alias.span)

    def _entries(self, data: nodes.BraceExpr | None, owner: str) -> Found:
        for entry in data.entries if data is not None and owner else ():
            yield Occurrence(Symbol("field", entry.key.text, owner=owner), entry.key.span)

    def _sequence(self, name: nodes.Constant, args: tuple[nodes.Argument, ...]) -> Found:
        yield Occurrence(Symbol("sequence", str(name.value)), name.span)
        found = self.scope.workspace.sequences.get(str(name.value))
        if found is not None:
            yield from parameters(args, found[0].file, owner_of(found[1]))

    def _member(self, node: nodes.Member) -> Found:
        name, of = node.name, plain(self.tables.types.get(node.of.id, UNKNOWN))
        if isinstance(self.tables.refs.get(node.id), BuiltinRef) and name.text in members():
            yield Occurrence(Symbol("builtin", name.text), name.span, node=node.id)
        elif owner := _record_name(of):
            yield Occurrence(Symbol("field", name.text, owner=owner), name.span, node=node.id)

    def _type(self, node: nodes.TypeName) -> Found:
        alias, dot, short = node.name.partition(".")
        use = self.scope.uses.get(alias)
        if not dot or use is None:
            return
        start, end = node.span.start, node.span.end - node.optional
        text = self.scope.module.text
        yield from self._use(alias, _part(node.span, 0, len(alias)))
        if text[start : start + len(alias)] == alias and text[end - len(short) : end] == short:
            behind = end - len(short) - start
            symbol = Symbol("type", short, owner=use.plugin)
            yield Occurrence(symbol, _part(node.span, behind, behind + len(short)))


def _part(span: Span, start: int, end: int) -> Span:
    """A part of a span that stands on one line."""
    return Span(span.start + start, span.start + end, span.line, span.col + start, span.line, span.col + end)


def _record_name(type: Type) -> str:
    match plain(type):
        case Named(name=name) | Record(name=str(name)):
            return name
    return ""
