"""What rules of all files name: agents, calendars, events and limits, ready to run. Only those without an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import graph, nodes
from treadle.dsl.checker import Checked, CheckedWorkspace
from treadle.dsl.checker.hearing import declared_event
from treadle.dsl.checker.mentions import Mention
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.lower.agents import lower_agent
from treadle.dsl.lower.calendars import lower_calendar
from treadle.dsl.lower.limits import lower_limit
from treadle.dsl.typesystem import Record

if TYPE_CHECKING:
    from treadle.dsl.lower.constants import FileValues, Values


_KINDS = frozenset((nodes.AgentDecl, nodes.CalendarDecl, nodes.EventDecl, nodes.LimitDecl))


class Library:
    """By name; limits in the order of the files. `whole` when none that is declared is missing."""

    def __init__(self, workspace: CheckedWorkspace, values: Values) -> None:
        self.agents: dict[str, graph.Agent] = {}
        self.calendars: dict[str, graph.Calendar] = {}
        self.events: dict[str, Record] = {}
        self.limits: list[graph.Limit] = []
        for file in workspace.files:
            for each in file.declarations:
                if each.decl.__class__ in _KINDS and each.clean and each.complete and not each.tables.unresolved:
                    self._add(file.scope, each, values.of(file.scope))
        known = workspace.files[0].scope.workspace if workspace.files else None
        pairs = (
            ((self.agents, known.agents), (self.calendars, known.calendars), (self.events, known.events))
            if known
            else ()
        )
        self.whole = all(len(here) == len(declared) for here, declared in pairs)

    def has(self, checked: Checked) -> bool:
        """Whether all that a declaration names is here."""
        return all(map(self._has, checked.mentions))

    def _has(self, mention: Mention) -> bool:
        kind, name = mention
        if kind is nodes.AgentDecl:
            return name in self.agents
        return name in (self.calendars if kind is nodes.CalendarDecl else self.events)

    def _add(self, file: FileScope, checked: Checked, values: FileValues) -> None:
        workspace, decl = file.workspace, checked.decl
        match decl:
            case nodes.AgentDecl(name=name) if workspace.agents.get(name.text) == (file, decl):
                if values.usable(checked) and (found := lower_agent(file, checked, values)):
                    self.agents[name.text] = found
            case nodes.CalendarDecl(name=name) if workspace.calendars.get(name.text) == (file, decl):
                self.calendars[name.text] = lower_calendar(decl)
            case nodes.EventDecl(name=name) if workspace.events.get(name.text) == (file, decl):
                self.events[name.text] = declared_event(file, decl)
            case nodes.LimitDecl() if values.usable(checked):
                self.limits.append(lower_limit(file, decl))
