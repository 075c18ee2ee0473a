"""What files declare, collected before anything is checked: names of a file, and of the workspace.

Owns duplicates and unknown plugins. A declaration that could not be read, or that this version does not run yet, keeps
its name: nothing that refers to it is reported again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from treadle.dsl import name_codes as codes
from treadle.dsl import nodes
from treadle.dsl.builtins import table
from treadle.dsl.catalogue import Catalogue, PluginSpec
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.fitting import Fitting
from treadle.dsl.checker.shapes import Shapes
from treadle.dsl.checker.sharing import share
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Type

CLOCK = {"now": "the present moment", "today": "the present day"}


Key = tuple[str, str]  # file, name


class InUse(msgspec.Struct, frozen=True):
    """A plugin under its name in a file; `spec` None when there is no such plugin."""

    plugin: str
    connection: str | None
    spec: PluginSpec | None
    span: Span


class Signature(msgspec.Struct, frozen=True):
    """Parameters and result of a `function` of the file."""

    params: tuple[tuple[str, Type], ...]
    returns: Type


class FileScope:
    """The names of one file, those that others share with it among them; tables are functions.

    `later` are names of declarations that cannot be checked; `leaky` when one has no name. `shared` are the names that
    this file shares; `leaks` when it shares one that cannot be read. `homes` are the files of borrowed names.
    """

    def __init__(self, module: nodes.Module, workspace: Workspace) -> None:
        self.module = module
        self.file = module.file
        self.workspace = workspace
        self.desk = Desk(module.file)
        self.uses: dict[str, InUse] = {}
        self.lets: dict[str, nodes.Let] = {}
        self.functions: dict[str, nodes.FunctionDecl | nodes.TableDecl] = {}
        self.later: set[str] = set()
        self.shared: dict[str, None] = {}
        self.leaky = False
        self.leaks = False
        self.partial = False
        self._given: dict[str, Span] = {}
        self.homes: dict[str, FileScope] = {}
        self._signatures: dict[str, Signature] = {}
        for decl in module.decls:
            if decl.__class__ in _NAMING:
                self._collect(decl)

    def _collect(self, decl: nodes.Decl) -> None:
        if shown := _shared(decl, self.module.text):
            self.shared[shown] = None
        match decl:
            case nodes.Use():
                self._use(decl)
            case nodes.Let(name=name) if self._take(name):
                self.lets[name.text] = decl
            case nodes.FunctionDecl(name=name) | nodes.TableDecl(name=name) if self._take(name, function=True):
                self.functions[name.text] = decl
            case nodes.BrokenDecl(name=str(name)):
                self.partial = True
                self.later.add(name)
                self._given.setdefault(name, decl.span)
            case nodes.BrokenDecl(span=span):
                self.partial = self.leaky = True
                self.leaks |= self.module.text.startswith("shared", span.start)

    def _take(self, name: nodes.Ident, *, function: bool = False) -> bool:
        """Whether the name is free; reports it when it is not."""
        if name.text in CLOCK:
            self.desk.report(codes.NAME_RESERVED, name.span, name=name.text, what=CLOCK[name.text])
        elif function and name.text in table():
            self.desk.report(codes.NAME_RESERVED, name.span, name=name.text, what="a function of the language")
        elif name.text in self._given:
            taken(self.desk, name, self._given[name.text])
        else:
            self._given[name.text] = name.span
            return True
        return False

    def _use(self, decl: nodes.Use) -> None:
        plugins = self.workspace.catalogue.plugins
        spec = plugins.get(decl.plugin.text)
        if spec is None:
            self.desk.misspelt(codes.UNKNOWN_PLUGIN, decl.plugin.span, decl.plugin.text, list(plugins))
        name = _name_of(decl)
        if self._take(name):
            connection = str(decl.connection.value) if decl.connection else None
            self.uses[name.text] = InUse(decl.plugin.text, connection, spec, name.span)

    def borrow(self, name: str, home: FileScope) -> None:
        """Take over a name that another file shares."""
        self.homes[name] = home
        if name in home.uses:
            self.uses[name] = home.uses[name]
        elif name in home.lets:
            self.lets[name] = home.lets[name]
        elif name in home.functions:
            self.functions[name] = home.functions[name]
        else:
            self.later.add(name)

    def home(self, name: str) -> FileScope:
        """The file that declares a name of this one."""
        return self.homes.get(name, self)

    def key(self, name: str) -> Key:
        """The name with the file that declares it: the same thing has the same key in every file."""
        return (self.home(name).file, name)

    def run_name(self, name: str) -> str:
        """What a function is called when it runs: its name, with the file when shared ones may carry it elsewhere."""
        home = self.home(name)
        private = name not in home.shared and not home.shared.keys().isdisjoint(home.functions)
        return f"{home.file}:{name}" if private else name

    def signature(self, name: str) -> Signature:
        """The types of a function of the file; types that are none are Unknown, and reported where it is declared."""
        from treadle.dsl.checker.annotations import resolve

        if name in self.homes:
            return self.homes[name].signature(name)
        if name not in self._signatures:
            decl, silent, used = self.functions[name], Desk(self.module.file), set[str]()
            params = tuple((each.name.text, resolve(each.type, self, silent, used)) for each in decl.params)
            self._signatures[name] = Signature(params, resolve(decl.returns, self, silent, used))
        return self._signatures[name]

    def own(self, name: str) -> Span | None:
        """Where the file itself declares the name, or None."""
        return self._given.get(name)

    def place(self, name: str) -> str:
        """Where the file itself declares the name, for a message."""
        return f"{self.file}:{self._given[name].line}"

    def first_given(self, name: str) -> Span | str | None:
        """Where the name is declared: in this file, or the place in the one that shares it; None when it is not."""
        return self.homes[name].place(name) if name in self.homes else self._given.get(name)

    def values(self) -> list[str]:
        """The names of the file that stand for values."""
        return [*self.lets, *CLOCK]


_NAMING = frozenset((nodes.Use, nodes.Let, nodes.FunctionDecl, nodes.TableDecl, nodes.BrokenDecl))
"""The declarations that give a file its names."""


def _name_of(decl: nodes.Use | nodes.Let | nodes.FunctionDecl | nodes.TableDecl) -> nodes.Ident:
    return (decl.alias or decl.plugin) if isinstance(decl, nodes.Use) else decl.name


def _shared(decl: nodes.Decl, text: str) -> str | None:
    """The name that a declaration shows to other files, or seems to."""
    match decl:
        case nodes.Use() | nodes.Let() | nodes.FunctionDecl() | nodes.TableDecl():
            return _name_of(decl).text if decl.shared else None
        case nodes.BrokenDecl(name=name) if text.startswith("shared", decl.span.start):
            return name
    return None


def taken(desk: Desk, name: nodes.Ident, first: Span | str) -> None:
    """Report a name that is given twice, saying where it was first: in this file, or the place in another."""
    note = f"it is first given in line {first.line}" if isinstance(first, Span) else f"it is shared by {first}"
    desk.report(codes.NAME_TAKEN, name.span, name=name.text, notes=(note,))


class Workspace:
    """All files that are checked together."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.fitting = Fitting(catalogue)
        self.shapes = Shapes(catalogue)
        self.files: list[FileScope] = []
        self.sequences: dict[str, tuple[FileScope, nodes.SequenceDecl]] = {}
        self.rules: dict[str, tuple[FileScope, nodes.RuleDecl]] = {}
        self.events: dict[str, tuple[FileScope, nodes.EventDecl]] = {}
        self.agents: dict[str, tuple[FileScope, nodes.AgentDecl]] = {}
        self.calendars: dict[str, tuple[FileScope, nodes.CalendarDecl]] = {}
        self.limits: dict[str, tuple[FileScope, nodes.LimitDecl]] = {}
        self.later: set[str] = set()
        self.leaky = False
        self._named: dict[type, tuple[str, dict[str, tuple[FileScope, Any]]]] = {
            nodes.SequenceDecl: ("sequence", self.sequences),
            nodes.RuleDecl: ("rule", self.rules),
            nodes.EventDecl: ("event", self.events),
            nodes.AgentDecl: ("agent", self.agents),
            nodes.CalendarDecl: ("calendar", self.calendars),
            nodes.LimitDecl: ("limit", self.limits),
        }

    def add(self, module: nodes.Module) -> None:
        """Collect one file."""
        file = FileScope(module, self)
        self.files.append(file)
        for decl in module.decls:
            named = self._named.get(decl.__class__)
            if named is not None:
                self._name(file, decl, *named)
            elif isinstance(decl, nodes.BrokenDecl):
                self._broken(decl)

    def has_rule(self, name: str) -> bool:
        """Whether there is a rule of this name."""
        return name in self.rules

    def _name(self, file: FileScope, decl: Any, kind: str, table: dict[str, tuple[FileScope, Any]]) -> None:
        """Give the declaration its name, unless another of its kind has it already."""
        name = decl.name
        shown = name.text if name.__class__ is nodes.Ident else str(name.value)
        home, first = table.setdefault(shown, (file, decl))
        if first is not decl:
            notes = (f"it is first declared at {home.module.file}:{first.name.span.line}",)
            file.desk.report(codes.DECLARED_TWICE, name.span, notes=notes, kind=kind, name=shown)

    def _broken(self, decl: nodes.BrokenDecl) -> None:
        match decl:
            case nodes.BrokenDecl(keyword="sequence" | "event" | "agent" | "calendar" | "rule", name=str(broken)):
                self.later.add(broken)
            case nodes.BrokenDecl(name=None):
                self.leaky = True


def declare(modules: Iterable[nodes.Module], catalogue: Catalogue) -> Workspace:
    """Collect what the files declare, in the order given."""
    workspace = Workspace(catalogue)
    for module in modules:
        workspace.add(module)
    share(workspace.files)
    return workspace
