"""The application: which routes there are and what guards them."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide

from treadle.api.guard import bearer_guard, json_only
from treadle.api.home import home
from treadle.api.hooks import hook_route
from treadle.api.openapi import openapi_config
from treadle.api.problems import HANDLERS
from treadle.api.routes import connections, events, health, publications, runs
from treadle.runtime.accept import MAX_BODY
from treadle.runtime.engine import Engine

GUARDED = (events.router, runs.router, connections.router, publications.router)


def create_app(engine: Engine) -> Litestar:
    """The ASGI application over an open engine. It opens and closes nothing itself."""
    v1 = Router("/api/v1", route_handlers=GUARDED, guards=[bearer_guard(engine), json_only], security=[{"key": []}])

    return Litestar(
        [hook_route(engine), v1, health.router, home],
        dependencies={"engine": Provide(lambda: engine, sync_to_thread=False, use_cache=True)},
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        debug=False,
    )
