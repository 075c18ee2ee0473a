"""`/metrics`: figures for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from treadle.api.guard import caller
from treadle.runtime.access import Forbidden
from treadle.runtime.engine import Engine
from treadle.runtime.metrics import CONTENT_TYPE
from treadle.runtime.scraping import scraped


@get("/", media_type=CONTENT_TYPE, summary="Figures for Prometheus", codes=("key_missing", "forbidden"))
async def metrics(request: Request[Any, Any, Any], engine: NamedDependency[Engine]) -> Response[str]:
    """Counters and histograms of this process, and the queue, in Prometheus's text format. Takes a key, unless
    `TREADLE_METRICS=open`. Labels never hold rules, ids or addresses. Answers 200 without the database too.
    """
    return await page(engine, request)


async def page(engine: Engine, request: Request[Any, Any, Any], folder: Path | None = None) -> Response[str]:
    """What is told to whoever sent the request, with the figures of the processes that write to the folder. Raises
    `Refused` and `Forbidden`.
    """
    if not engine.settings.open_metrics:
        await _of_the_installation(engine, request)
    return Response(await scraped(engine, folder), media_type=CONTENT_TYPE)


async def _of_the_installation(engine: Engine, request: Request[Any, Any, Any]) -> None:
    """The figures are of all workspaces, so they are for callers of the first one. Raises `Refused` and `Forbidden`."""
    who = await caller(engine, request)
    who.require("read")
    if who.workspace_id != engine.installation.main.store.workspace_id:
        raise Forbidden("read", "These figures are of all workspaces; a key of the first one reads them")


router = Router("/metrics", route_handlers=[metrics], tags=["Health"])
