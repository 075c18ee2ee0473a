"""What the declarations of a file see of everything else: in equal ones they give the same findings and the same graph.

Owns which parts of a workspace a declaration can depend on. They are compared by their texts, wherever those stand.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker import FileScope, Workspace
from treadle.dsl.checker.agents_use import asked_of_steps
from treadle.dsl.checker.walking import steps_in

Outlook = Hashable
_STARTING = frozenset((nodes.WhenWebhook, nodes.WhenByHand, nodes.BrokenClause))


class Outlooks(msgspec.Struct, frozen=True):
    """`around` is what every declaration sees, `inside` what those of each file see of their own file."""

    around: Outlook = None
    inside: Mapping[str, Outlook] = {}


def outlooks(workspace: Workspace) -> Outlooks:
    """What can be seen in a workspace."""
    return Outlooks(_around(workspace), {scope.module.file: _inside(scope) for scope in workspace.files})


def _around(workspace: Workspace) -> Outlook:
    """Named things, and whatever stands in files that share."""
    named = (workspace.calendars, workspace.limits)
    return (
        tuple([(name, _text(*found)) for table in named for name, found in table.items()]),
        tuple([(name, file.file, _text(file, decl), _uses(file)) for name, (file, decl) in workspace.events.items()]),
        tuple([(name, _text(file, decl), _inside(file)) for name, (file, decl) in workspace.agents.items()]),
        tuple([(name, _sequence(file, decl)) for name, (file, decl) in workspace.sequences.items()]),
        tuple([(name, started) for name, (file, decl) in workspace.rules.items() if (started := _started(file, decl))]),
        tuple(_asked(workspace)),
        tuple([(scope.module.file, _inside(scope)) for scope in workspace.files if scope.shared]),
        frozenset(workspace.later),
        workspace.leaky,
    )


def _text(file: FileScope, decl: nodes.Decl) -> str:
    return file.module.text[decl.span.start : decl.span.end]


def _sequence(file: FileScope, decl: nodes.SequenceDecl) -> Outlook:
    """The head alone, as long as nothing is returned: then only the checked body tells of which type that is."""
    if any(isinstance(step, nodes.ReturnStep) for step in steps_in(decl.body)):
        return file.module.file, _text(file, decl), _inside(file)
    end = decl.body[0].span.start if decl.body else decl.span.end
    return file.module.file, file.module.text[decl.span.start : end], _uses(file)


def _started(file: FileScope, decl: nodes.RuleDecl) -> Outlook:
    """How a test can start the rule: its webhooks and its button, or a `when` that may be either."""
    text = file.module.text
    return tuple([text[each.span.start : each.span.end] for each in decl.clauses if each.__class__ in _STARTING])


def _asked(workspace: Workspace) -> Iterator[Outlook]:
    """The types that steps ask of agents instead of their own: a mock in a test may answer with any of them."""
    for file, step, asked in asked_of_steps(workspace):
        yield step.agent.text, file.module.text[asked.span.start : asked.span.end], _uses(file)


def _uses(scope: FileScope) -> Outlook:
    return tuple([(alias, use.plugin, use.connection) for alias, use in scope.uses.items()])


def _inside(scope: FileScope) -> Outlook:
    """The names of one file. What it borrows stands in files that share, which all see."""
    own = ((name, decl) for table in (scope.lets, scope.functions) for name, decl in table.items())
    return (
        _uses(scope),
        tuple([(name, _text(scope, decl)) for name, decl in own if name not in scope.homes]),
        tuple([(name, home.file) for name, home in scope.homes.items()]),
        frozenset(scope.later),
        scope.leaky,
        scope.partial,
    )
