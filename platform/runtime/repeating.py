"""What a run did to the world, which a retry would do twice. Owns which steps count, and the words for them. Pure.

Every effect counts, an `idempotent` one too: it is harmless to send again under its own effect id, and a retry has
another. So does what a retry took over from the run before it, a run that was started, an event that was emitted and
what was cancelled.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from treadle.dsl.graph import Ask, Call, Node
from treadle.runtime.lease import LEASE
from treadle.runtime.ports import StoredStep

_VERBS = frozenset({"start", "run", "emit", "cancel"})
_OFF = b'"off"'
"""What the history says of a sequence that was off, and so not started."""
_NAMED = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def repeated(steps: Iterable[StoredStep], reads: Container[str]) -> list[StoredStep]:
    """The steps that did something, or may have. `reads` are the actions that change nothing (`kommo.get_lead`)."""
    return [step for step in steps if _did(step, reads)]


def settled_at(step: StoredStep, node: Node | None) -> datetime:
    """From when on nobody can be at it any more: at once, but for a call whose outcome is unknown."""
    if step.state not in ("unknown", "intent"):
        return _LONG_AGO
    timeout = node.timeout if isinstance(node, Call | Ask) else 0.0
    since = step.ended_at or step.started_at or _LONG_AGO
    return since + timedelta(seconds=LEASE + timeout)


def told(steps: Sequence[StoredStep]) -> str:
    """The sentence about steps that would be done twice."""
    doubtful = [step for step in steps if step.state != "done"]
    named = ", ".join(f"{step.seq} ({step.what})" for step in (doubtful or steps)[:_NAMED])
    more = len(doubtful or steps) - _NAMED
    named += f" and {more} more" if more > 0 else ""
    if doubtful:
        return f"nobody knows whether step {named} happened; begin behind it, or say `repeat` to send it again"
    return f"step {named} was done and would be done again; begin behind it, or say `repeat` to do it once more"


def _did(step: StoredStep, reads: Container[str]) -> bool:
    if step.state not in ("done", "unknown", "intent"):
        return False
    if step.what in _VERBS:
        return step.output != _OFF
    return "." in step.what and not step.what.startswith("ask ") and step.what not in reads
