"""/plugins: enough to draw every form, proven by drawing from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from treadle.runtime.host import PluginHost
from treadle.runtime.offers import PluginOffer, offers

OFFERS = {each.name: each for each in offers(PluginHost.load())}
SHIPPED = ("http", "kommo", "openrouter", "supabase", "treadle")


def schemas(offer: PluginOffer) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in offer.connections:
        yield f"connection {kind.kind}", kind.fields
    for trigger in offer.triggers:
        yield f"{trigger.name} parameters", trigger.parameters
        yield f"{trigger.name} payload", trigger.payload
    for action in offer.actions:
        yield f"{action.name} arguments", action.arguments
        if action.result is not None:
            yield f"{action.name} result", action.result
    yield from offer.types.items()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_schema_is_one_of_2020_12(name: str) -> None:
    found = list(schemas(OFFERS[name]))
    assert found
    for what, schema in found:
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", what
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_action_and_connection_has_an_example_that_fits(name: str) -> None:
    for action in OFFERS[name].actions:
        assert action.doc, action.name
        assert action.example or not action.arguments["required"], action.name
        Draft202012Validator(action.arguments).validate(action.example)
    for kind in OFFERS[name].connections:
        assert kind.doc, kind.kind
        (example,) = kind.fields["examples"]
        Draft202012Validator(kind.fields).validate(example)
    for trigger in OFFERS[name].triggers:
        assert trigger.doc, trigger.name


@pytest.mark.parametrize("name", SHIPPED)
def test_a_form_can_be_drawn_of_everything(name: str) -> None:
    """Every field leads to an input: a type, choices, a shape of its own, or free data that says nothing at all."""
    for what, schema in schemas(OFFERS[name]):
        for field, each in drawn(schema, schema):
            known = {"type", "anyOf", "enum", "$ref", "const", "allOf"} & each.keys()
            assert known or not each.keys() - {"description", "title", "x-pick", "default"}, f"{what}: {field}"


def drawn(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in (schema, *root.get("$defs", {}).values()):
        yield from each.get("properties", {}).items()


def test_secrets_are_write_only_and_nothing_else_is() -> None:
    for offer in OFFERS.values():
        for kind in offer.connections:
            hidden = {name for name, each in kind.fields["properties"].items() if each.get("writeOnly")}
            assert hidden, kind.kind
            for name in hidden:
                assert kind.fields["properties"][name]["format"] == "password"
    kommo = OFFERS["kommo"].connections[0]
    assert {name for name, each in kommo.fields["properties"].items() if each.get("writeOnly")} == {
        "access_token",
        "client_secret",
    }


def test_what_using_it_means_is_told() -> None:
    kommo = OFFERS["kommo"]
    (account,) = kommo.connections
    assert (account.rate, account.oauth, account.receives) == ("7/s", True, True)
    moved = next(each for each in kommo.actions if each.name == "move_lead")
    assert moved.effect == "idempotent"
    assert moved.causes[0].trigger == "kommo.lead_stage_changed"
    assert moved.arguments["properties"]["stage"]["x-pick"] == {"kind": "stages", "within": "pipeline"}
    assert OFFERS["openrouter"].models is not None
    assert any(each.name == "len" or each.examples for each in OFFERS["treadle"].functions)


async def test_the_catalogue_is_served(api: httpx.AsyncClient) -> None:
    listed = (await api.get("/api/v1/plugins")).json()["items"]
    assert {*SHIPPED} <= {each["name"] for each in listed}
    kommo = (await api.get("/api/v1/plugins/kommo")).json()
    assert [each["name"] for each in kommo["actions"]] == list(
        next(each for each in listed if each["name"] == "kommo")["actions"]
    )
    unknown = await api.get("/api/v1/plugins/nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "plugin_unknown")
