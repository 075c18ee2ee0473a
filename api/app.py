"""The application: which routes there are and what guards them. Deliveries pass beside the router."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from treadle.api.guard import asking, bearer_guard, json_only
from treadle.api.headers import safe
from treadle.api.home import home
from treadle.api.hooks import PREFIX, hook_handler
from treadle.api.idempotency import claiming, keeping
from treadle.api.openapi import openapi_config
from treadle.api.problems import HANDLERS
from treadle.api.routes import (
    approvals,
    catalogue,
    connections,
    consent,
    declared,
    events,
    files,
    health,
    language,
    live,
    ordering,
    plugins,
    publications,
    rules,
    runs,
    sequences,
    starts,
    versions,
)
from treadle.runtime.accept import MAX_BODY
from treadle.runtime.engine import Engine

GUARDED = (
    plugins.router, consent.router,
    declared.router, sequences.router, starts.router,
    events.router, runs.router, ordering.router, rules.router, approvals.router, connections.router,
    catalogue.router, publications.router, files.router, versions.router, live.router, language.router,
)  # fmt: skip


def create_app(engine: Engine) -> ASGIApp:
    """The ASGI application over an open engine. It opens and closes nothing itself."""
    hook, api = hook_handler(engine), create_api(engine)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        delivered = scope["type"] == ScopeType.HTTP and scope["path"].startswith(PREFIX)
        await (hook if delivered else api)(scope, receive, send)

    return safe(front)


def create_api(engine: Engine) -> Litestar:
    """Everything but the hooks."""
    v1 = Router(
        "/api/v1",
        route_handlers=GUARDED,
        guards=[bearer_guard(engine), json_only],
        security=[{"key": []}],
        before_request=claiming(engine),
        middleware=[keeping(engine)],
    )
    return Litestar(
        [v1, consent.back, health.router, home],
        dependencies={
            "engine": Provide(lambda: engine, sync_to_thread=False, use_cache=True),
            "who": Provide(asking, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        debug=False,
    )
