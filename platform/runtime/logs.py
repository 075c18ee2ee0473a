"""Logs and error reports of a process. Owns their form, and that no live secret is in either.

JSON lines on standard error, or readable ones on a terminal. Every line that is written while a run is driven, also by
a plugin or a library, names workspace, rule, run and the open step; the ids are made into text only then. Libraries
that use the standard library's logging go the same way.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from treadle.runtime.redaction import Redactor
from treadle.runtime.running import current
from treadle.runtime.settings import Settings

_QUIET = {"saq": logging.ERROR, "httpx": logging.WARNING, "uvicorn": logging.WARNING, "psycopg.pool": logging.ERROR}


def configure(settings: Settings, redactor: Redactor) -> None:
    """Set up this process. Call it once, before anything logs; secrets may be told to `redactor` later."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_run,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # the traceback as text, without the values of variables
        redactor,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redactor, _renderer()],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    if settings.sentry_dsn:
        _report_errors(settings, redactor)


def _add_run(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    run = current.get()
    if run is not None:
        event.setdefault("workspace", str(run.claimed.workspace_id))
        event.setdefault("rule", run.claimed.rule)
        event.setdefault("run", str(run.claimed.run_id))
        if run.open is not None:
            event.setdefault("step", str(run.open))
    return event


def _renderer() -> Any:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer()


def _report_errors(settings: Settings, redactor: Redactor) -> None:
    import sentry_sdk

    def clean(event: Any, _: Any) -> Any:
        for part in ("request", "user", "breadcrumbs"):
            event.pop(part, None)
        return redactor.data(event)

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.env,
        include_local_variables=False,
        send_default_pii=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        before_send=clean,
    )
