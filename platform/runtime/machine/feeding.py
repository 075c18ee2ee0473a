"""What comes back to a run, put into its state: results, answers, failures. Decides nothing; `walk` goes on from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from treadle.dsl.graph import Approve, Ask, Call, Graph, Run, WaitFor
from treadle.dsl.values import Value
from treadle.runtime.machine.conversation import decided, given, heard, paused, refused
from treadle.runtime.machine.state import ROOT, Rest, State, Trouble, thread_of, threads_of, with_thread
from treadle.runtime.ports import Fault


def settled(state: State, node: Call | Ask, result: Value, thread: int = ROOT) -> State:
    """The state after a call that succeeded with `result`; for a conversation, plain data."""
    talk = thread_of(state, thread).talk
    if talk is not None:
        known = given(talk, result) if talk.wanted else heard(talk, result)
        return with_thread(state, thread, attempt=None, rest=None, talk=known)
    return _given(state, thread, node.name, result, at=node.next, attempt=None)


def failed(state: State, thread: int, step: str, fault: Fault, *, unknown: bool = False) -> State:
    """The state after a step that did not work, before any handler was looked for. A model is told that a call that
    it wanted did not, unless nobody knows.
    """
    talk = thread_of(state, thread).talk
    if talk is not None and talk.wanted and not unknown:
        told = refused(talk, f"{fault.code}: {fault.message}")
        return with_thread(state, thread, attempt=None, rest=None, talk=told)
    trouble = Trouble(fault.code, fault.message, step, unknown)
    return with_thread(state, thread, attempt=None, rest=None, trouble=trouble, talk=None)


def answered(graph: Graph, state: State, thread: int, value: Value) -> State:
    """The state after what the thread waited for has come: an event, a decision, what a sequence returned."""
    node = graph.nodes[str(thread_of(state, thread).at)]
    match node:
        case Ask():
            talk = thread_of(state, thread).talk
            assert talk is not None, "only a conversation asks people"
            return with_thread(state, thread, rest=None, talk=decided(talk, agreed=value is True))
        case WaitFor():
            name: str | None = node.hear.name
        case Approve() | Run():
            name = node.name
        case _:
            raise AssertionError(f"{node.id} waits for no answer")
    return _given(state, thread, name, value, at=node.next, rest=None)


def skipped(state: State, node: Call | Ask, thread: int, why: str = "a limit is reached") -> State:
    """The state behind a step that is left out; its name is missing. A model is told of a call that it wanted."""
    talk = thread_of(state, thread).talk
    if talk is not None and talk.wanted:
        told = refused(talk, f"it is left out: {why}")
        return with_thread(state, thread, attempt=None, rest=None, talk=told)
    return settled(with_thread(state, thread, talk=None), node, None, thread)


def rested(state: State, thread: int, rest: Rest) -> State:
    """The state with the thread at rest."""
    talk = thread_of(state, thread).talk
    return with_thread(state, thread, rest=rest, talk=talk and paused(talk, state.now))


def earliest(state: State) -> datetime | None:
    """When the first thread goes on by itself; None when none does."""
    if not state.threads:
        return state.rest.until if state.rest is not None else None
    times = [each.rest.until for _, each in threads_of(state) if each.rest is not None and each.rest.until is not None]
    return min(times, default=None)


def needs_person(state: State) -> bool:
    """Whether a thread waits for a person to say what became of its call."""
    if not state.threads:
        return state.rest is not None and state.rest.kind == "person"
    return any(each.rest is not None and each.rest.kind == "person" for _, each in threads_of(state))


def _given(state: State, thread: int, name: str | None, value: Value, **changed: Any) -> State:
    kept = thread_of(state, thread).vars
    return with_thread(state, thread, vars=kept if name is None else {**kept, name: value}, **changed)
