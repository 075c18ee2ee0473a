"""Runs that start with values, not with an event: sequences, rules by hand and by the clock. Owns their first state."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl.evaluator import EvaluationError
from treadle.dsl.values import Value
from treadle.runtime.deciders import key_of
from treadle.runtime.ids import new_id
from treadle.runtime.machine.program import Evaluate, Program
from treadle.runtime.machine.state import State, decode, encode
from treadle.runtime.ports import NewRun


def run_of(
    program: Program,
    args: Mapping[str, Value],
    *,
    origin: str | None = None,
    parent: UUID | None = None,
    answers: str | None = None,
    hops: int = 0,
    rehearse: bool = False,
) -> NewRun:
    """A run that is due at once. `origin` is the rule at the root of a chain of starts; its own name without one."""
    graph, alone = program.graph, program.graph.alone
    later = program.decides or bool(graph.where)
    state = State(at=graph.entry, vars=dict(args), matched=not later, rehearse=rehearse or graph.rehearse)
    return NewRun(
        id=new_id(),
        graph=program.version,
        kind=graph.kind,
        rule=graph.name,
        origin=origin or graph.name,
        status="matching" if later else "running",
        state=encode(state),
        parent_id=parent,
        hops=hops,
        answers=answers,
        turn=None if alone is None else told_key(program, program.alone, args),
    )


def cancelled_at_start(run: NewRun, by: UUID) -> NewRun:
    """The same run, which ends before its first step."""
    state = replace(decode(run.state, lambda _, plain: plain), cancelled=by)
    return replace(run, state=encode(state))


def told_key(program: Program, clause: Evaluate | None, names: Mapping[str, Value]) -> str | None:
    """The key of a clause where these names tell it: not when it is missing, or needs a look at the clock."""
    try:
        return key_of(program, clause, names)
    except EvaluationError:
        return None
