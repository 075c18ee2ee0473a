"""The probes: alive, ready, and how it is."""

from __future__ import annotations

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency

from treadle.api.problems import RETRY_AFTER
from treadle.runtime.engine import Engine, Health


class Live(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


@get("/live", summary="Is the process alive?", operation_id="isAlive")
async def live() -> Live:
    """Always 200 while the loop turns; asks nobody."""
    return Live()


@get("/ready", summary="Can it take deliveries?", operation_id="isReady", degraded=True)
async def ready(engine: NamedDependency[Engine]) -> Response[Health]:
    """200, or 503 when the database cannot be reached."""
    return await _health(engine)


@get("/", summary="How it is", operation_id="getHealth", degraded=True)
async def health(engine: NamedDependency[Engine]) -> Response[Health]:
    """Database, queue, what is due and late, workers and plugins; 503 only when the database is down."""
    return await _health(engine)


async def _health(engine: Engine) -> Response[Health]:
    found = await engine.health()
    if found.database:
        return Response(found)
    return Response(found, status_code=503, headers={"Retry-After": str(RETRY_AFTER)})


router = Router("/health", route_handlers=[live, ready, health], tags=["Health"])
