"""What the declarations of a file see of everything else: in equal ones they give the same findings and the same graph.

Owns which parts of a workspace a declaration can depend on. They are compared by their texts, wherever those stand.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker import FileScope, Workspace
from treadle.dsl.checker.agents_use import asked_in
from treadle.dsl.checker.walking import steps_in

Outlook = Hashable
_STARTING = frozenset((nodes.WhenWebhook, nodes.WhenByHand, nodes.BrokenClause))


class Outlooks(msgspec.Struct, frozen=True):
    """`around` is what every declaration sees, `inside` what those of each file see of their own file."""

    around: Outlook = None
    inside: Mapping[str, Outlook] = {}


class Glance(msgspec.Struct, frozen=True):
    """What is seen of one file, by its text alone: its own names `inside`, and from everywhere its named things."""

    module: nodes.Module
    inside: Outlook
    named: Outlook


def outlooks(workspace: Workspace, glances: dict[str, Glance]) -> Outlooks:
    """What can be seen in a workspace. `glances` are those taken before, by file; they are brought up to date."""
    for scope in workspace.files:
        known = glances.get(scope.file)
        if known is None or known.module is not scope.module:
            glances[scope.file] = _glance(scope)
    inside = {scope.file: (glances[scope.file].inside, *_borrowed(scope)) for scope in workspace.files}
    around = (
        tuple([(scope.file, glances[scope.file].named) for scope in workspace.files]),
        tuple([(scope.file, inside[scope.file]) for scope in workspace.files if scope.shared]),
        frozenset(workspace.later),
        workspace.leaky,
    )
    return Outlooks(around, inside)


def _borrowed(scope: FileScope) -> tuple[Outlook, ...]:
    """What of the names in a file depends on other files; what those share, all see."""
    homes = tuple([(name, home.file) for name, home in scope.homes.items()])
    return homes, frozenset(scope.later), scope.leaky, scope.partial


def _glance(scope: FileScope) -> Glance:
    own = ((name, decl) for table in (scope.lets, scope.functions) for name, decl in table.items())
    inside = (_uses(scope), tuple([(name, _text(scope, decl)) for name, decl in own if name not in scope.homes]))
    named = [found for decl in scope.module.decls if (found := _named(scope, decl, inside)) is not None]
    return Glance(scope.module, inside, tuple(named))


def _named(scope: FileScope, decl: nodes.Decl, inside: Outlook) -> Outlook:
    """What all other files see of a declaration; None for nothing."""
    match decl:
        case nodes.RuleDecl():
            started, asked = _started(scope, decl), tuple(_asked(scope, decl))
            return (str(decl.name.value), started, asked) if started or asked else None
        case nodes.SequenceDecl():
            return _sequence(scope, decl, inside), tuple(_asked(scope, decl))
        case nodes.AgentDecl():
            return _text(scope, decl), inside
        case nodes.EventDecl():
            return _text(scope, decl), _uses(scope)
        case nodes.CalendarDecl() | nodes.LimitDecl():
            return _text(scope, decl)
    return None


def _text(file: FileScope, decl: nodes.Decl) -> str:
    return file.module.text[decl.span.start : decl.span.end]


def _sequence(file: FileScope, decl: nodes.SequenceDecl, inside: Outlook) -> Outlook:
    """The head alone, as long as nothing is returned: then only the checked body tells of which type that is."""
    if any(isinstance(step, nodes.ReturnStep) for step in steps_in(decl.body)):
        return _text(file, decl), inside
    end = decl.body[0].span.start if decl.body else decl.span.end
    return file.module.text[decl.span.start : end], _uses(file)


def _started(file: FileScope, decl: nodes.RuleDecl) -> Outlook:
    """How a test can start the rule: its webhooks and its button, or a `when` that may be either."""
    text = file.module.text
    return tuple([text[each.span.start : each.span.end] for each in decl.clauses if each.__class__ in _STARTING])


def _asked(file: FileScope, decl: nodes.RuleDecl | nodes.SequenceDecl) -> Iterator[Outlook]:
    """The types that steps ask of agents instead of their own: a mock in a test may answer with any of them."""
    for step, asked in asked_in(file, decl.span, decl.body):
        yield step.agent.text, file.module.text[asked.span.start : asked.span.end], _uses(file)


def _uses(scope: FileScope) -> Outlook:
    return tuple([(alias, use.plugin, use.connection) for alias, use in scope.uses.items()])
