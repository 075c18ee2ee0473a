"""What people order about a run: ending it, saying what became of a call, running it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from treadle.dsl.values import encode
from treadle.runtime.access import Principal
from treadle.runtime.call import Caller
from treadle.runtime.cancelling import cancel
from treadle.runtime.engine import Engine
from treadle.runtime.ports import RunRow
from treadle.runtime.resolving import Order, Resolved, Resolver
from treadle.runtime.retrying import Version, retry
from treadle.runtime.services.audit import noted


async def cancelled(
    engine: Engine, who: Principal, run_id: UUID, *, said: str | None = None, reason: str | None = None
) -> RunRow:
    """End a run that is not over. `said` is whom a program speaks for. Raises `Forbidden`, `RunOver`, and `KeyError`
    for no run.
    """
    who.require("operate")
    row = await cancel(engine.store, run_id, who.called(said), reason)
    engine.bell.ring()
    await noted(engine, who, "run.cancelled", str(run_id), {"reason": reason})
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
    resolver = Resolver(engine.store, engine.live, Caller(engine.host, engine.connections), engine.redactor)
    encoded = None if output is None else encode(output)
    done = await resolver.resolve(run_id, step, order, who=who.called(said), reason=reason, output=encoded)
    engine.bell.ring()
    await noted(engine, who, "step.resolved", str(run_id), {"step": str(done.step), "how": order, "reason": reason})
    return done


async def retried(engine: Engine, who: Principal, run_id: UUID, version: Version, begin: str | None) -> UUID:
    """Start a run that is over once more; the new run's id. Raises `Forbidden`, `CannotRetry`, and `KeyError` for no
    run.
    """
    who.require("operate")
    await engine.live.refresh()
    run = await retry(engine.store, engine.live, run_id, version=version, begin=begin)
    engine.bell.ring()
    await noted(engine, who, "run.retried", str(run.id), {"retry_of": str(run_id), "version": version, "from": begin})
    return run.id
