"""What the past says about an event and its runs, in the words of a replayed world."""

from __future__ import annotations

from treadle.runtime.backtest.branches import NOT_RECORDED, Fate
from treadle.runtime.echoes import FOREIGN, Origin
from treadle.runtime.loading import Unloaded
from treadle.runtime.ports import Echo, Fault, StoredEvent
from treadle.runtime.store.memory_history import MemoryRun
from treadle.runtime.switching import RULE_OFF


class RecordedLoads:
    """In place of the loader: what was read of an event then."""

    async def load(self, event: StoredEvent) -> bytes:
        """See `Loads.load`."""
        if event.loaded is not None:
            return event.loaded
        why = f"it needs fields of {event.trigger} that its delivery does not carry, and nobody read them then"
        raise Unloaded(Fault(NOT_RECORDED, why), final=True)


def origin_then(event: StoredEvent, rule: str | None) -> Origin:
    """Whose change the event reported then."""
    if event.cause is None or rule is None:
        return FOREIGN
    echo = Echo(
        entity=event.entity or "", run_id=event.cause, origin=rule, version=event.version, open=False,
        hops=max(0, event.hops - 1),
    )  # fmt: skip
    return Origin("own", echo)


def settle_fate(fate: Fate, run: MemoryRun, *, unknown: bool) -> None:
    """The run is over; `unknown` says that it ended for want of data which nobody recorded."""
    fault = run.error
    if run.status == "suppressed":
        filtered = fault is not None and fault.code == "filtered"
        fate.outcome = "filtered" if filtered else "suppressed"
        fate.why = fault.message if fault else None
    elif fate.outcome == "pending" and fault is not None and fault.code == RULE_OFF.code:
        fate.outcome, fate.why = "suppressed", fault.message
    elif fate.outcome == "pending" and unknown:
        fate.outcome, fate.why = "cannot_tell", fault.message if fault else None
    elif fate.outcome == "pending":
        fate.outcome = "fired"
