"""The OpenAPI document, the pages, and the problems of the router itself."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.keywords import SchemaValidator

from treadle.api.app import create_api
from treadle.api.docs import VERBS
from treadle.api.links import LINKS
from treadle.api.openapi import document_of
from treadle.api.problems import CODES
from treadle.runtime.engine import Engine


class Unused(Engine):
    def __init__(self) -> None: ...


APP = create_api(Unused())
DEGRADED = {"/health", "/health/ready"}
"""What these say of a platform that cannot serve is their answer, and no problem."""
UNGUARDED = {
    "/api/v1/oauth/callback",
    "/api/v1/session",
    "/api/v1/session/ways",
    "/api/v1/session/openid",
    "/api/v1/session/openid/callback",
    "/api/v1/invitations/accept",
}
"""Under `/api/v1`, and yet for everybody: each knows its caller by another secret."""


async def get(path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(APP)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example") as http:
        return await http.request(method, path)


def refs(thing: Any) -> Iterator[str]:
    match thing:
        case dict():
            for name, value in thing.items():
                if name == "$ref":
                    yield value
                yield from refs(value)
        case list():
            for value in thing:
                yield from refs(value)


async def test_the_document_is_whole() -> None:
    document = (await get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "/hooks/{connection}/{secret}" in document["paths"]
    schemas = document["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in refs(document)} <= set(schemas)
    assert schemas["NewEvent"]["additionalProperties"] is False


async def test_every_operation_says_what_it_needs_and_how_it_fails() -> None:
    document = (await get("/api/openapi.json")).json()
    for path, item in document["paths"].items():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                failed = status[0] in "45" and not (path in DEGRADED and status == "503")
                assert ("application/problem+json" in answer.get("content", {})) == failed
            guarded = bool(operation.get("security"))
            assert guarded == path.startswith("/api/v1/") or path in UNGUARDED
            assert not guarded or "401" in operation["responses"]
            assert operation["tags"]


@pytest.mark.parametrize("path", ["/", "/api/docs"])
async def test_pages_need_nothing_from_elsewhere(path: str) -> None:
    answer = await get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?!/|#)', answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_docs_name_every_route_and_every_code() -> None:
    page, document = (await get("/api/docs")).text, (await get("/api/openapi.json")).json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    for code in CODES:
        assert f'id="{code}"' in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/nothing.json", 404, "not_found"),
        ("DELETE", "/health/live", 405, "method_not_allowed"),
        ("GET", "/api/v1/events/no-id", 404, "not_found"),
    ],
)
async def test_the_routers_own_errors_are_problems(method: str, path: str, status: int, code: str) -> None:
    answer = await get(path, method)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"], told["instance"]) == (status, code, path)
    assert told["type"] == f"/api/docs#{code}"
    assert told["title"] == CODES[code][1]


async def test_what_nobody_expected_is_a_problem_without_a_trace() -> None:
    answer = await get("/health")  # this engine has not even a store
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    assert "AttributeError" not in answer.text
    assert "Traceback" not in answer.text


def test_the_document_is_valid_and_names_each_operation_once(monkeypatch: pytest.MonkeyPatch) -> None:
    document, checked = document_of(APP), set[bytes]()
    look: Any = SchemaValidator._validate_schema_meta

    def once(self: SchemaValidator, schema: Any, value: Any) -> Any:
        """The same schema stands in hundreds of places."""
        told = msgspec.json.encode(value, order="sorted")
        if told in checked:
            return None
        checked.add(told)
        return look(self, schema, value)

    monkeypatch.setattr(SchemaValidator, "_validate_schema_meta", once)
    OpenAPIV31SpecValidator(document).validate()
    named = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(named)) == len(named)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield path, verb, item[verb]


def test_every_body_and_answer_has_an_example_that_fits() -> None:
    document = document_of(APP)
    for path, verb, operation in operations(document):
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for kind, content in holder.get("content", {}).items():
                if "json" not in kind:
                    continue
                told = [each["value"] for each in content.get("examples", {}).values()]
                told += [content["example"]] if "example" in content else []
                assert told, f"{verb} {path} has no example"
                schema = {**content["schema"], "components": document["components"]}
                for each in told:
                    faults = list(Draft202012Validator(schema).iter_errors(each))
                    assert not faults, f"{verb} {path}: {faults[0].message} at {faults[0].json_path}"


def test_tagged_unions_name_their_tag() -> None:
    for name, schema in document_of(APP)["components"]["schemas"].items():
        for union in unions(schema):
            refs = [each["$ref"] for each in union["anyOf"] if "$ref" in each]
            assert len(refs) < 2 or "discriminator" in union, f"{name}: {refs}"


def unions(thing: Any) -> Iterator[dict[str, Any]]:
    match thing:
        case dict():
            if "anyOf" in thing:
                yield thing
            for value in thing.values():
                yield from unions(value)
        case list():
            for value in thing:
                yield from unions(value)


def test_failures_stand_with_their_codes() -> None:
    document = document_of(APP)
    for path, verb, operation in operations(document):
        told = {
            code
            for answer in operation["responses"].values()
            if "application/problem+json" in answer.get("content", {})
            for code in answer["content"]["application/problem+json"]["examples"]
        }
        assert told <= set(CODES)
        assert "unexpected" in told, f"{verb} {path}"
        assert "503" in operation["responses"], f"{verb} {path}"
        assert operation.get("summary"), f"{verb} {path} has no summary"
        assert operation.get("description"), f"{verb} {path} has no description"


def test_links_lead_to_operations_and_their_parameters() -> None:
    parameters = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", ())}
        for _, _, operation in operations(document_of(APP))
    }
    for (operation, _), targets in LINKS.items():
        assert operation in parameters
        for target, parameter, _place in targets:
            assert parameter in parameters[target]
