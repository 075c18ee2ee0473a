"""What a group of worker processes tells of itself, on a port of its own: `/health` and `/metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from litestar import Litestar, Request, Response, get

from treadle.api.problems import HANDLERS
from treadle.api.routes.metrics import page
from treadle.runtime.engine import Engine
from treadle.runtime.health import STUCK
from treadle.runtime.metrics import CONTENT_TYPE
from treadle.runtime.ports import WorkerRow


class GroupHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a group of workers is; `stuck` is no progress for a minute while runs are due. `oldest_due` is the number of
    seconds since the oldest due run became due.
    """

    status: Literal["ok", "stuck", "down"]
    database: bool
    queue: str
    last_progress: datetime | None = None
    claimed: int = 0
    due: int = 0
    oldest_due: float = 0.0
    workers: list[WorkerRow] = []


def create_worker_app(engine: Engine, names: Sequence[str], folder: Path | None = None) -> Litestar:
    """The ASGI application of the group whose workers have these names, and write their figures to this folder when
    they are processes of their own.
    """

    @get(["/health", "/health/ready"])
    async def health() -> Response[GroupHealth]:
        found = await group_health(engine, names)
        return Response(found, status_code=200 if found.status == "ok" else 503)

    @get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @get("/metrics", media_type=CONTENT_TYPE)
    async def metrics(request: Request[Any, Any, Any]) -> Response[str]:
        return await page(engine, request, folder)

    return Litestar([health, live, metrics], exception_handlers=HANDLERS, openapi_config=None, logging_config=None)


async def group_health(engine: Engine, names: Sequence[str]) -> GroupHealth:
    """What the store knows about these workers, and what there is to do."""
    queue = "redis" if engine.settings.redis_url else "postgres"
    if (found := await engine.probe.found()) is None:
        return GroupHealth(status="down", database=False, queue=queue)
    ours = [row for row in found.workers if row.name in names]
    progress = max((row.progress_at for row in ours), default=None)
    late = found.load.oldest_due > STUCK.total_seconds()
    stuck = late and (progress is None or found.now - progress > STUCK)
    return GroupHealth(
        status="stuck" if stuck else "ok",
        database=True,
        queue=queue,
        last_progress=progress,
        claimed=sum(row.claimed for row in ours),
        due=found.load.due,
        oldest_due=found.load.oldest_due,
        workers=ours,
    )
