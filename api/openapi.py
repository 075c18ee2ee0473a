"""The OpenAPI 3.1 document: what Litestar collects, put right where it falls short.

Litestar's own document loses bounds, closed objects and list defaults of Structs and describes errors in a form we do
not send. So the schemas come from msgspec, every error is one `Problem`, and the hook, which is no ordinary handler, is
added by hand.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from litestar import MediaType, Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from treadle.api.docs import docs_page
from treadle.api.html import CSP
from treadle.api.problems import MEDIA_TYPE, Problem
from treadle.api.routes.approvals import ApprovalPage, Decision
from treadle.api.routes.catalogue import Accounts
from treadle.api.routes.connections import ConnectionPage, NewConnection, Tested
from treadle.api.routes.events import EventPage, NewEvent
from treadle.api.routes.health import Live
from treadle.api.routes.ordering import Cancelling, Resolving, Retried, Retrying
from treadle.api.routes.publications import Checked, Files, NewPublication, Published
from treadle.api.routes.rules import RulePage
from treadle.api.routes.runs import NewStart, RunPage, RunTest, Started
from treadle.api.version import version
from treadle.api.views import RunDetail, RunView
from treadle.runtime.accept import Receipt
from treadle.runtime.connections import ConnectionView
from treadle.runtime.engine import Health, RuleView, Switched
from treadle.runtime.explain import EventView
from treadle.runtime.ports import ApprovalRow, Resolution
from treadle.runtime.resolving import Resolved

STRUCTS: tuple[Any, ...] = (
    NewStart, Started, Cancelling, Resolving, Resolved, Resolution, Retrying, Retried,
    NewEvent, EventView, EventPage, Receipt, RunView, RunDetail, RunPage, RunTest, NewConnection, ConnectionView,
    ConnectionPage, RuleView, RulePage, Switched, Tested, Accounts, Files, NewPublication, Checked, Published,
    ApprovalRow, ApprovalPage, Decision, Health, Live, Problem,
)  # fmt: skip

TAGS = {
    "Hooks": "Deliveries of outside services.",
    "Events": "What came in and what became of it.",
    "Runs": "What rules did, step by step.",
    "Rules": "Which rules are live, and switching them.",
    "Approvals": "Questions that runs ask people.",
    "Connections": "Accounts of outside services.",
    "Language": "Rule files.",
    "Health": "Probes.",
}

ERRORS = {
    "description": "A problem document.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _hook(id: str, summary: str, description: str, *path: str) -> dict[str, Any]:
    stored = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    operation = {
        "tags": ["Hooks"],
        "operationId": id,
        "summary": summary,
        "description": f"{description}, at most 10 MB. Answered after the commit: what got 202 is never lost. An "
        "unknown name and a wrong secret get the same 404.",
        "security": [],
        "parameters": [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in path],
        "requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {"202": {"description": "Stored.", "content": stored}},
    }
    return {"post": operation}


HOOKS = {
    "/hooks/{connection}/{secret}": _hook(
        "Deliver", "Deliver", "Take a delivery as the service sends it", "connection", "secret"
    ),
    "/hooks/web/{name}/{secret}": _hook(
        "PostToRule",
        "Post to a rule",
        "Take a request for rules with `when webhook`: JSON, a form or text, once for each `Idempotency-Key`",
        "name",
        "secret",
    ),
}


def openapi_config() -> OpenAPIConfig:
    """Where the document and the page are served, and their head."""
    return OpenAPIConfig(
        title="Treadle",
        version=version(),
        description="Rules, runs, events and connections. Lists are cursor pages; errors are problem documents.",
        openapi_router=Router("/api", route_handlers=[], include_in_schema=False, response_headers=CSP),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        render_plugins=[Document(path="/openapi.json", media_type=MediaType.JSON), Docs(path="/docs")],
        use_handler_docstrings=True,
    )


class Document(OpenAPIRenderPlugin):
    """`/api/openapi.json`."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The whole document as JSON."""
        return msgspec.json.encode(complete(openapi_schema))


class Docs(OpenAPIRenderPlugin):
    """`/api/docs`."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The whole document as a page."""
        return docs_page(complete(openapi_schema))


def complete(collected: dict[str, Any]) -> dict[str, Any]:
    """The document that is served, from the one that Litestar collected; plain data."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(collected))
    document["components"]["schemas"] = schemas()
    document["paths"] = {**HOOKS, **document["paths"]}
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                _answers(operation)
    return document


@cache
def schemas() -> dict[str, Any]:
    """Every shape that the API takes or gives, as msgspec declares it."""
    _, found = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
    return found


def _answers(operation: dict[str, Any]) -> None:
    """Every answer that is no success is a Problem; a guarded route also answers 401."""
    good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    guarded = {"401": ERRORS} if operation.get("security") else {}
    operation["responses"] = {**good, **guarded, "default": ERRORS}
