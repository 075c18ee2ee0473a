"""What people order about a run: ending it, saying what became of a call, running it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from treadle.dsl.values import encode
from treadle.runtime.access import Principal
from treadle.runtime.call import Caller
from treadle.runtime.cancelling import cancel
from treadle.runtime.engine import Engine
from treadle.runtime.ports import NewResolution, NewRun, Resolution, RunRow
from treadle.runtime.resolving import Order, Resolved, Resolver
from treadle.runtime.retrying import Version, retry
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.services.runs import look_ups_of


async def cancelled(
    engine: Engine, who: Principal, run_id: UUID, *, said: str | None = None, reason: str | None = None
) -> RunRow:
    """End a run that is not over. `said` is whom a program speaks for. Raises `Forbidden`, `RunOver`, and `KeyError`
    for no run.
    """
    who.require("operate")
    told = Told("run.cancelled", str(run_id), {"reason": reason})
    row = await audited(engine, who, lambda: cancel(engine.store, run_id, who.called(said), reason), lambda _: told)
    engine.bell.ring()
    return row


async def resolved(
    engine: Engine,
    who: Principal,
    run_id: UUID,
    step: str,
    order: Order,
    *,
    output: Any = None,
    said: str | None = None,
    reason: str | None = None,
) -> Resolved:
    """Settle a call whose outcome is unknown; `output` is plain data, None for none. Raises `Forbidden`,
    `CannotResolve`, and `KeyError` for no run.
    """
    who.require("operate")

    async def kept(new: NewResolution) -> Resolution | None:
        about = Told("step.resolved", str(run_id), {"step": str(new.step_id), "how": new.how, "reason": reason})
        return await audited(
            engine,
            who,
            lambda: engine.store.resolve(new),
            lambda counts: about if counts is not None and counts.id == new.id else None,
        )

    resolver = Resolver(engine.store, engine.live, Caller(engine.host, engine.connections), engine.redactor, kept=kept)
    encoded = None if output is None else encode(output)
    done = await resolver.resolve(run_id, step, order, who=who.called(said), reason=reason, output=encoded)
    engine.bell.ring()
    return done


async def retried(
    engine: Engine, who: Principal, run_id: UUID, version: Version, begin: str | None, *, repeat: bool = False
) -> UUID:
    """Start a run that is over once more; the new run's id. What it did is done again with `repeat` alone. Raises
    `Forbidden`, `CannotRetry`, and `KeyError` for no run.
    """
    who.require("operate")
    await engine.live.refresh()
    earlier = await look_ups_of(engine).retried_by(run_id)

    async def again() -> NewRun:
        return await retry(
            engine.store,
            engine.live,
            run_id,
            version=version,
            begin=begin,
            repeat=repeat,
            reads=engine.host.reads(),
            earlier=earlier,
        )

    detail = {"retry_of": str(run_id), "version": version, "from": begin, "repeat": repeat}
    run = await audited(engine, who, again, lambda run: Told("run.retried", str(run.id), detail))
    engine.bell.ring()
    return run.id
