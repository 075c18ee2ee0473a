"""A worker that learns, too late, that its run is another's: what it had sent meanwhile is told, never silent.

Between the last look at the lease and the first byte lies a moment in which a process can be frozen for long. When it
thaws, its request leaves although another worker has asked the service, found nothing, and sent it as well. Nothing can
prevent that; whoever finds it writes it into the run's history.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

import msgspec
import structlog

from treadle.runtime.ports import Fault, NewStep, Store, StoredStep


class Sent(msgspec.Struct, frozen=True):
    """A call that left under this claim: the number of the try, and whether the service answered that it is done."""

    tries: int
    done: bool = False


class Latecomers:
    """What this worker has still to tell; kept until the store takes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._untold: dict[tuple[UUID, int], Mapping[UUID, Sent]] = {}

    def sent(self, run_id: UUID, epoch: int, sent: Mapping[UUID, Sent]) -> None:
        """These calls left under a claim that was over."""
        if sent:
            self._untold[run_id, epoch] = sent

    async def tell(self) -> None:
        """Tell what is untold. Told twice is told once. Raises `StoreDown`; what was not told then is told later."""
        for key, sent in list(self._untold.items()):
            await tell_late(self._store, *key, sent)
            self._untold.pop(key, None)

    @property
    def untold(self) -> list[UUID]:
        """The runs whose calls nobody was told of yet."""
        return [run_id for run_id, _ in self._untold]


async def tell_late(store: Store, run_id: UUID, epoch: int, sent: Mapping[UUID, Sent]) -> None:
    """Note, beside each call that was sent under a claim that was over, what is known of it. Raises `StoreDown`."""
    steps = {step.id: step for step in await store.steps(run_id)} if sent else {}
    for id_, mine in sent.items():
        step = steps.get(id_)
        if step is None or (fault := _what_came_of_it(step, mine)) is None:
            continue
        structlog.get_logger("treadle.worker").warning(fault.code, run=str(run_id), step=str(id_), what=step.what)
        note = NewStep(
            id=uuid5(id_, f"late {epoch}"),
            seq=step.seq,
            node=step.node,
            what=fault.code.replace("_", " "),
            state="failed" if fault.code == "sent_twice" else "done",
            error=fault,
        )
        await store.note(run_id, note)


def _what_came_of_it(step: StoredStep, mine: Sent) -> Fault | None:
    if step.effect == "idempotent":
        return None
    if step.tries > mine.tries:
        surely = "surely" if mine.done and step.state == "done" else "perhaps"
        message = f"a worker that had been frozen sent {step.what} after another one had: {surely} done twice"
        return Fault("sent_twice", f"{message}; look for the double there")
    if mine.done and step.state in ("unknown", "skipped"):
        return Fault("late_answer", f"a worker that had been frozen heard in the end that {step.what} was done")
    return None
