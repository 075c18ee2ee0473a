"""The OpenAPI 3.1 document: what Litestar collects, put right where it falls short.

Litestar's own document loses bounds, closed objects and list defaults of Structs and describes errors in a form we do
not send. So the schemas come from msgspec, every error is one `Problem`, and the hook, which is no ordinary handler, is
added by hand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme, Tag
from litestar.routes import HTTPRoute
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from treadle.api.answers import codes_of, failures
from treadle.api.cookies import COOKIE
from treadle.api.docs import VERBS, docs_page
from treadle.api.examples import example_of
from treadle.api.html import CSP
from treadle.api.links import links
from treadle.api.shapes import STRUCTS
from treadle.api.version import version

TAGS = {
    "Hooks": "Deliveries of outside services.",
    "Events": "What came in and what became of it.",
    "Runs": "What rules did, step by step.",
    "Rules": "Which rules are live, and switching them.",
    "Sequences": "Sequences, and starting them, one by one or from a list.",
    "Agents": "Agents, as files declare them.",
    "Backtests": "What other rules would have made of the past.",
    "Approvals": "Questions that runs ask people.",
    "Plugins": "What is installed and what it offers, enough to draw every form.",
    "Connections": "Accounts of outside services.",
    "Files": "Rule files as they are edited, and what was live when.",
    "Language": "Rule files.",
    "Live": "Changes as they commit.",
    "Stats": "Figures over time.",
    "People": "Members, groups, sessions, keys, and who changed what.",
    "Health": "Probes.",
}

REPEATED = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A fresh text for each request. Sent again with it, the request is done once and answered alike.",
    "example": "order-7-thanks",
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


TAGGED = {
    "ETag": {
        "description": "What `If-Match` takes, so that nobody's change is overwritten.",
        "schema": {"type": "string"},
        "example": '"4f1c"',
    }
}

HOOK_CODES = ("hook_unknown", "unreadable")

HOOKS = {
    "/hooks/{connection}/{secret}": _hook(
        "deliver", "Deliver", "Take a delivery as the service sends it", "connection", "secret"
    ),
    "/hooks/web/{name}/{secret}": _hook(
        "postToRule",
        "Post to a rule",
        "Take a request for rules with `when webhook`: JSON, a form or text, once for each `Idempotency-Key`",
        "name",
        "secret",
    ),
}


SCHEMES: dict[str, SecurityScheme | Reference] = {
    "key": SecurityScheme(type="http", scheme="bearer", description="An API key."),
    "session": SecurityScheme(
        type="apiKey",
        security_scheme_in="cookie",
        name=COOKIE,
        description="The session of a person; requests that change something send `X-CSRF-Token` too.",
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
        components=Components(security_schemes=SCHEMES),
        render_plugins=[Document(path="/openapi.json", media_type=MediaType.JSON), Docs(path="/docs")],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
    )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: list[str | PathParameterDefinition]) -> str:
    """The name of the function: `list_runs` is `listRuns`."""
    first, *rest = handler.fn.__name__.split("_")
    return first + "".join(each.title() for each in rest)


class _Rendered(OpenAPIRenderPlugin, ABC):
    """What is made of the document once, by the first who asks an application for it."""

    _made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The same bytes each time."""
        if self._made is None:
            self._made = self.made_of(complete(openapi_schema, declared(request.app)))
        return self._made

    @abstractmethod
    def made_of(self, document: dict[str, Any]) -> bytes:
        """The answer, from the whole document as plain data."""


class Document(_Rendered):
    """`/api/openapi.json`."""

    def made_of(self, document: dict[str, Any]) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(document)


class Docs(_Rendered):
    """`/api/docs`."""

    def made_of(self, document: dict[str, Any]) -> bytes:
        """The document as a page."""
        return docs_page(document)


Declared = Mapping[tuple[str, str], Mapping[str, Any]]
"""What each route declares beside its shapes (`opt`), by path and verb."""


def declared(app: Litestar) -> Declared:
    """The declarations of all routes of an application."""
    return {
        (route.path_format, verb.lower()): handler.opt
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for verb, (handler, _) in route.route_handler_map.items()
    }


def document_of(app: Litestar) -> dict[str, Any]:
    """The document of an application as it is served; plain data."""
    return complete(app.openapi_schema.to_schema(), declared(app))


def complete(collected: dict[str, Any], declared: Declared) -> dict[str, Any]:
    """The document that is served, from the one that Litestar collected; plain data."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(collected))
    document["components"]["schemas"] = schemas()
    found = {**deepcopy(HOOKS), **document["paths"]}
    document["paths"] = {path: _item(path, item, declared) for path, item in found.items()}
    return document


@cache
def schemas() -> dict[str, Any]:
    """Every shape that the API takes or gives, as msgspec declares it."""
    _, found = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def _item(path: str, item: dict[str, Any], declared: Declared) -> dict[str, Any]:
    if path in HOOKS:
        return {"post": _operation(item["post"], path, "post", {"codes": HOOK_CODES})}
    tagged = any(
        each["name"].lower() == "if-match" for verb in VERBS for each in item.get(verb, {}).get("parameters", ())
    )
    return {
        name: _operation(part, path, name, {**declared.get((path, name), {}), "etag": tagged})
        if name in VERBS
        else part
        for name, part in item.items()
    }


def _operation(operation: dict[str, Any], path: str, verb: str, opt: Mapping[str, Any]) -> dict[str, Any]:
    """With every code that it may answer, the headers that all POSTs take, and examples."""
    repeatable = bool(opt.get("repeatable"))
    if opt.get("anybody"):
        operation["security"] = []
    codes = codes_of(operation, verb, opt.get("codes", ()), repeatable=repeatable)
    if operation.get("security") and verb == "post" and not repeatable:
        operation["parameters"] = [*operation.get("parameters", ()), REPEATED]
    good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    for holder in (operation.get("requestBody", {}), *good.values()):
        _exemplify(holder)
    answers = {**good, **failures(codes, path)}
    if opt.get("degraded"):
        answers["503"] = {**good["200"], "description": "The same, while it cannot serve."}
    for status, answer in good.items():
        if opt.get("etag") and answer.get("content"):
            answer["headers"] = {**answer.get("headers", {}), **TAGGED}
        if found := links(operation["operationId"], status):
            answer["links"] = found
    return {**operation, "responses": answers}


def _exemplify(holder: dict[str, Any]) -> None:
    for kind, content in holder.get("content", {}).items():
        if "json" in kind and "schema" in content and not {"example", "examples"} & content.keys():
            content["example"] = example_of(content["schema"], schemas())
