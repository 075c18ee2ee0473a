"""The client over a transport of its own: what it sends, what it sends again, and how it says no."""

from decimal import Decimal

import httpx
import pytest

from treadle import client
from treadle.client import Problem, Treadle, Unreachable


class Wire(httpx.BaseTransport):
    """Answers in turn; what is asked is kept."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    kind = {"content-type": "application/problem+json", **headers}
    return httpx.Response(status, json={"code": code, "detail": "No."}, headers=kind)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    told: list[float] = []
    monkeypatch.setattr(client.time, "sleep", told.append)
    return told


def over(wire: Wire) -> Treadle:
    return Treadle("http://t.example", "trd_key", transport=wire)


def test_lists_are_read_as_far_as_wanted() -> None:
    wire = Wire(
        httpx.Response(200, json={"items": [{"id": "1"}, {"id": "2"}], "next": "2"}),
        httpx.Response(200, json={"items": [{"id": "3"}], "next": None}),
    )
    with over(wire) as treadle:
        assert [each["id"] for each in treadle.runs(rule="A b", status=None)] == ["1", "2", "3"]
    assert [str(each.url) for each in wire.asked] == [
        "http://t.example/api/v1/runs?rule=A+b",
        "http://t.example/api/v1/runs?rule=A+b&cursor=2",
    ]
    assert wire.asked[0].headers["authorization"] == "Bearer trd_key"


def test_a_post_is_sent_again_with_its_key(pauses: list[float]) -> None:
    wire = Wire(
        problem(503, "database_down", **{"retry-after": "2"}),
        httpx.ConnectError("gone"),
        problem(409, "idempotency_running"),
        httpx.Response(202, json={"accepted": 1, "duplicates": 0, "events": []}),
    )
    assert over(wire).put_event("a.b", {"total": Decimal("1.10")})["accepted"] == 1
    assert len({each.headers["idempotency-key"] for each in wire.asked}) == 1
    assert {each.content for each in wire.asked} == {b'{"trigger":"a.b","data":{"total":1.10}}'}
    assert pauses[0] == 2.0


def test_a_problem_is_an_exception_with_its_code() -> None:
    with pytest.raises(Problem, match=r"No\.") as told:
        over(Wire(problem(404, "run_unknown"))).run("../users")
    assert (told.value.status, told.value.code) == (404, "run_unknown")


def test_a_name_is_one_part_of_the_path() -> None:
    wire = Wire(httpx.Response(200, json={}))
    over(wire).run("../users?x")
    assert wire.asked[0].url.raw_path == b"/api/v1/runs/..%2Fusers%3Fx"


def test_a_path_that_holds_a_query_is_refused_before_it_is_sent() -> None:
    wire = Wire()
    for path in ("/runs?rule=A", "/runs#x"):
        with pytest.raises(ValueError, match="by name"):
            over(wire).get(path, limit=1)
    assert wire.asked == []


def test_it_gives_up() -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        over(Wire(*(httpx.ConnectError("refused") for _ in range(client.TRIES)))).run("a")
    with pytest.raises(Problem):
        over(Wire(*(problem(503, "database_down") for _ in range(client.TRIES)))).run("a")


def test_what_is_no_problem_document_is_one_too() -> None:
    with pytest.raises(Problem, match="answered 502"):
        over(Wire(httpx.Response(502, text="<html>"))).run("a")
