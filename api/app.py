"""The application: which routes there are and what guards them. Deliveries pass beside the router."""

from __future__ import annotations

from typing import Any, Self

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from treadle.api.counting import counted
from treadle.api.guard import asking, callers_only
from treadle.api.headers import safe
from treadle.api.home import home
from treadle.api.hooks import PREFIX, hook_handler
from treadle.api.idempotency import claiming, keeping
from treadle.api.limits import Limits
from treadle.api.openapi import openapi_config
from treadle.api.problems import HANDLERS
from treadle.api.prompt import prompt
from treadle.api.queries import readable
from treadle.api.routes import (
    agents,
    approvals,
    audit,
    backtests,
    catalogue,
    connections,
    consent,
    decide,
    declared,
    events,
    files,
    groups,
    health,
    invitations,
    keys,
    language,
    live,
    metrics,
    ordering,
    plugins,
    portable,
    publications,
    rules,
    runs,
    sequences,
    session,
    signin,
    starts,
    stats,
    unknowns,
    users,
    versions,
    workspaces,
)
from treadle.api.workspaces import engine_in
from treadle.runtime.accept import MAX_BODY
from treadle.runtime.engine import Engine

GUARDED = (
    backtests.router, plugins.router, consent.router, consent.back, signin.router, declared.router, agents.router,
    sequences.router, starts.router, unknowns.router, events.router, runs.router, ordering.router, rules.router,
    approvals.router, connections.router, catalogue.router, publications.router, files.router, versions.router,
    portable.router, live.router, language.router, stats.router, session.router, users.router, groups.router,
    invitations.router, keys.router, audit.router, workspaces.router,
)  # fmt: skip


class Whole(Router):
    """A router of one application alone. Litestar copies each that it takes, with all that is in it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Nobody else has it."""
        return self


def create_app(engine: Engine) -> ASGIApp:
    """The ASGI application over an open engine. It opens and closes nothing itself."""
    hook, api = hook_handler(engine), create_api(engine)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        delivered = scope["type"] == ScopeType.HTTP and scope["path"].startswith(PREFIX)
        await (hook if delivered else api)(scope, receive, send)

    return counted(safe(readable(prompt(front, lambda: engine.database.store.down))))


def create_api(engine: Engine) -> Litestar:
    """Everything but the hooks."""
    limits = Limits(lambda: engine.settings.most_requests)

    def serving(scope: Scope) -> Engine:
        return engine_in(scope, engine)

    v1 = Whole(
        "/api/v1",
        route_handlers=GUARDED,
        guards=[callers_only(engine, limits)],
        security=[{"key": []}, {"session": []}],
        before_request=claiming(engine),
        middleware=[keeping(engine)],
    )
    return Litestar(
        [v1, health.router, metrics.router, home, decide.show_question, decide.answer_question],
        dependencies={
            "engine": Provide(serving, sync_to_thread=False),
            "limits": Provide(lambda: limits, sync_to_thread=False, use_cache=True),
            "who": Provide(asking, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        debug=False,
    )
