"""Every shape that the API takes or gives, for its document. Owns the list, not the shapes."""

from __future__ import annotations

from typing import Any

from treadle.api.around import RunGraph
from treadle.api.problems import Problem
from treadle.api.routes.agents import NewAgent
from treadle.api.routes.approvals import ApprovalPage, Decision, LinkMade, LinkWish
from treadle.api.routes.audit import AuditPage
from treadle.api.routes.backtests import BacktestPage, NewBacktest
from treadle.api.routes.catalogue import Accounts
from treadle.api.routes.connections import ChangedConnection, ConnectionPage, NewConnection, Tested
from treadle.api.routes.consent import Consent
from treadle.api.routes.declared import AgentPage, CalendarPage, LimitPage, SchedulePage, TablePage
from treadle.api.routes.events import EventPage, NewEvent
from treadle.api.routes.files import Move, NewText
from treadle.api.routes.groups import GroupMembers, GroupPage, NewGroup
from treadle.api.routes.health import Live
from treadle.api.routes.invitations import Acceptance, InvitationPage, Invited, NewInvitation
from treadle.api.routes.keys import KeyPage, MadeKey, NewKey
from treadle.api.routes.ordering import Cancelling, Resolving, Retried, Retrying
from treadle.api.routes.plugins import PluginPage
from treadle.api.routes.portable import Arriving
from treadle.api.routes.publications import NewPublication, Published
from treadle.api.routes.rules import RulePage
from treadle.api.routes.runs import NewStart, RunPage, RunTest, Started
from treadle.api.routes.sequences import NewStarts, RunsStopped, SequenceArgs, SequencePage, StopWish
from treadle.api.routes.session import NewOwnPassword, Session, SignIn
from treadle.api.routes.signin import SignInWays
from treadle.api.routes.starts import BulkPage, BulkView, RefusalPage
from treadle.api.routes.unknowns import UnknownPage
from treadle.api.routes.users import NewUser, UserChanges, UserPage
from treadle.api.routes.versions import PublicationPage, Rollback, VersionPage
from treadle.api.routes.workspaces import MadeWorkspace, NewWorkspace, WorkspaceNames, WorkspacePage, WorkspaceView
from treadle.api.views import RunDetail, RunView
from treadle.dsl.editing.agents import AgentFields
from treadle.runtime.accept import Receipt
from treadle.runtime.backtest.jobs import Backtest
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.connections import ConnectionView
from treadle.runtime.drafts.comparing import Difference
from treadle.runtime.engine import Health, RuleView, Switched
from treadle.runtime.explain import EventRow, EventView
from treadle.runtime.language import shapes
from treadle.runtime.offers import PluginOffer
from treadle.runtime.people.records import AuditEntry, Group, Invitation, Key, User
from treadle.runtime.portable.planning import Plan
from treadle.runtime.ports import ApprovalRow, Resolution
from treadle.runtime.resolving import Resolved
from treadle.runtime.services.agents import AgentWritten
from treadle.runtime.services.backtests import BacktestFound
from treadle.runtime.services.files import RuleFile, Text, Working
from treadle.runtime.services.stats import Stats
from treadle.runtime.services.versions import Held, OldText

STRUCTS: tuple[Any, ...] = (
    NewBacktest, Backtest, BacktestFound, BacktestPage, Backtested,
    PluginOffer, PluginPage, ChangedConnection, Consent, SignInWays,
    NewStart, Started, Cancelling, Resolving, Resolved, Resolution, Retrying, Retried,
    NewEvent, EventRow, EventView, EventPage, Receipt, RunView, RunDetail, RunPage, RunTest, NewConnection,
    ConnectionView, ConnectionPage, RuleView, RulePage, Switched, Tested, Accounts, NewPublication, Published,
    shapes.ToCheck, shapes.OnFile, shapes.OnPlace, shapes.ToSymbols, shapes.ToGraph, shapes.ToEdit, shapes.ToTest,
    shapes.ToExplain, shapes.Checked, shapes.Reformatted, shapes.Completions, shapes.Hovered, shapes.Symbols,
    shapes.Graphs, shapes.EditedFile, shapes.TestsPlayed, shapes.Explained,
    Arriving, Plan,
    Move, NewText, RuleFile, Text, Working, PublicationPage, Rollback, VersionPage, Difference, Held, OldText,
    NewAgent, AgentFields, AgentWritten, AgentPage, CalendarPage, LimitPage, SchedulePage, TablePage, NewStarts,
    SequenceArgs, SequencePage, StopWish, RunsStopped, BulkPage, BulkView, RefusalPage, RunGraph, UnknownPage,
    WorkspacePage, WorkspaceView, NewWorkspace, MadeWorkspace, WorkspaceNames,
    SignIn, Session, NewOwnPassword, User, UserPage, NewUser, UserChanges, Group, GroupPage, NewGroup, GroupMembers,
    Invitation, InvitationPage, NewInvitation, Invited, Acceptance, Key, KeyPage, NewKey, MadeKey, AuditEntry,
    AuditPage,
    ApprovalRow, ApprovalPage, Decision, LinkWish, LinkMade, Health, Live, Problem, Stats,
)  # fmt: skip
