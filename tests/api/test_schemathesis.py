"""What the document says is what happens: requests made from it at random, sound and broken, and answers held to it."""

import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from tests.api.declared import document
from tests.api.hosting import hosted

from treadle.runtime.embedded import Embedded

EXAMPLES = int(os.environ.get("TREADLE_FUZZ_EXAMPLES", "2"))
"""Requests of each kind to each operation; `make fuzz` asks for more."""
ENDLESS = {"text/event-stream"}
HELD = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance",
)  # fmt: skip


def operations() -> Iterator[tuple[str, GenerationMode]]:
    """Every operation, and once more to be broken where it takes something that can be."""
    for item in document()["paths"].values():
        for operation in item.values():
            if not ENDLESS & operation["responses"].get("200", {}).get("content", {}).keys():
                yield operation["operationId"], GenerationMode.POSITIVE
                if breakable(operation):
                    yield operation["operationId"], GenerationMode.NEGATIVE


def breakable(operation: dict[str, Any]) -> bool:
    """Whether anything in a request could be wrong: any text will do as a plain name, any bytes as a delivery."""
    plain = [each for each in operation.get("parameters", ()) if each["schema"] == {"type": "string"}]
    body = "application/json" in operation.get("requestBody", {}).get("content", {})
    return body or len(plain) < len(operation.get("parameters", ()))


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own: what is tried may revoke any key and remove anything."""
    home = tmp_path_factory.mktemp("tried") / "home"
    yield home
    Embedded(home).erase()


@pytest.fixture(scope="module")
def told(own_home: Path) -> Iterator[tuple[schemathesis.BaseSchema, dict[str, str]]]:
    """The document bound to a server, and the header of a key that may do everything."""
    with hosted(own_home, most_requests=0) as url:
        schema = schemathesis.openapi.from_dict(document())
        schema.config.update(base_url=url)
        yield schema, {"Authorization": f"Bearer {(own_home / 'key').read_text().strip()}"}


@pytest.mark.parametrize(
    ("operation_id", "mode"),
    [pytest.param(name, mode, id=f"{name}-{mode.value}") for name, mode in sorted(operations())],
)
def test_answers_are_as_the_document_has_them(
    told: tuple[schemathesis.BaseSchema, dict[str, str]], operation_id: str, mode: GenerationMode
) -> None:
    schema, headers = told
    operation = schema.find_operation_by_id(operation_id)
    quick = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=quick,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    def holds(case: Case) -> None:
        answer = case.call(headers=headers, timeout=30)
        case.validate_response(answer, checks=[CHECKS.get_one(each) for each in HELD])

    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        holds()


def test_what_one_answer_names_the_next_request_finds(
    told: tuple[schemathesis.BaseSchema, dict[str, str]],
) -> None:
    """Stateful: along the links of the document."""
    schema, headers = told
    machine = schema.as_state_machine()

    class Walk(machine):  # type: ignore[misc, valid-type]
        def get_call_kwargs(self, case: Case) -> dict[str, object]:
            return {"headers": headers, "timeout": 30}

        def validate_response(self, response: object, case: Case, **more: object) -> None:
            case.validate_response(response, checks=[CHECKS.get_one(each) for each in HELD])  # type: ignore[arg-type]

    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=EXAMPLES * 3, stateful_step_count=6, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
        ),
    )  # fmt: skip
