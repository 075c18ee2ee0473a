"""What stands around a run over the API: what started it, what it waits for, its graph, retries, costs; open doubts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.api.test_events import LEAD
from tests.api.test_runs import ended, working
from tests.runtime.store.making import arrival, done, intent, move

from treadle.api.around import rounds
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.machine.state import Attempt, State, encode
from treadle.runtime.ports import Claimed, End, Fault, Park, StoredStep

FILE = """rule "Hand {name}"
  when by hand (n: int)
  do
    for each each in [1, 2, 3]
      log "item {{each}}"
    if n > 5
      fail "too much"
    start "Nap {name}"(n: n)
    agreed = approve "Go on?" by "sales" up to 2 days
    on timeout
      stop
    log "{{agreed}}"

sequence "Nap {name}"(n: int)
  do
    wait 1 day
    log "then"
"""


@pytest.fixture
async def name(api: httpx.AsyncClient) -> str:
    found = uuid4().hex[:8]
    text = FILE.replace("{name}", found).replace("{{", "{").replace("}}", "}")
    live = await api.post("/api/v1/publications", json={"files": {"a.rule": text}})
    assert live.status_code == 201, live.json()
    return found


async def started(api: httpx.AsyncClient, name: str, n: int) -> str:
    answer = await api.post("/api/v1/runs", json={"rule": f"Hand {name}", "args": {"n": n}})
    assert answer.status_code == 202, answer.json()
    return str(answer.json()["run"])


async def test_a_run_says_what_it_waits_for_and_what_people_were_asked(
    api: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    async with working(engine):
        run = await ended(api, await started(api, name, 1))
        nap = (await api.get("/api/v1/runs", params={"rule": f"Nap {name}"})).json()["items"][0]
        nap = await ended(api, nap["id"])
    assert run["started_by"] == {"kind": "hand", "id": None, "args": {"n": 1}}
    assert [each["round"] for each in run["steps"] if each["what"] == "log"] == [1, 2, 3]
    (waits,) = run["waiting"]
    assert (waits["thread"], waits["kind"]) == (0, "approval")
    later = datetime.fromisoformat(waits["until"]) - datetime.now(UTC)
    assert timedelta(hours=47) < later < timedelta(hours=49)
    (question,) = run["approvals"]
    assert (question["question"], question["by"], question["state"]) == ("Go on?", "sales", "open")
    assert nap["started_by"] == {"kind": "run", "id": run["id"], "args": None}
    assert [each["kind"] for each in nap["waiting"]] == ["sleep"]
    graph = (await api.get(f"/api/v1/runs/{run['id']}/graph")).json()
    assert graph["version"] == run["graph"]
    assert graph["at"] == [waits["step"]]
    looped = next(each for each in graph["steps"].values() if each["times"] == 3)
    assert looped["state"] == "done"
    assert set(graph["steps"]) <= set(graph["graph"]["nodes"])
    found = (await api.get("/api/v1/approvals", params={"run": run["id"]})).json()["items"]
    assert [each["id"] for each in found] == [question["id"]]
    decided = await api.post(f"/api/v1/approvals/{question['id']}", json={"approved": True, "who": "ana"})
    assert decided.status_code == 200
    assert (await api.get("/api/v1/approvals", params={"run": run["id"]})).json()["items"] == []
    for query in ({"all": "true"}, {"state": "approved"}, {"state": "approved", "by": "sales"}):
        (found,) = (await api.get("/api/v1/approvals", params={"run": run["id"], **query})).json()["items"]
        assert (found["state"], found["decided_by"]) == ("approved", "ana")
    none = (await api.get("/api/v1/approvals", params={"run": run["id"], "all": "true", "by": "other"})).json()
    assert none == {"items": [], "next": None}


async def test_questions_come_in_pages(api: httpx.AsyncClient, engine: Engine, name: str) -> None:
    async with working(engine):
        for _ in range(3):
            await ended(api, await started(api, name, 1))
    query: dict[str, Any] = {"rule": f"Hand {name}", "limit": 2}
    first = (await api.get("/api/v1/approvals", params=query)).json()
    last = (await api.get("/api/v1/approvals", params={**query, "cursor": first["next"]})).json()
    assert (len(first["items"]), len(last["items"]), last["next"]) == (2, 1, None)
    assert len({each["id"] for each in first["items"] + last["items"]}) == 3


async def test_a_run_that_was_run_again_names_both(api: httpx.AsyncClient, engine: Engine, name: str) -> None:
    async with working(engine):
        first = await ended(api, await started(api, name, 9))
        again = (await api.post(f"/api/v1/runs/{first['id']}/retry", json={})).json()["run"]
        second = await ended(api, again)
    assert second["started_by"] == {"kind": "retry", "id": first["id"], "args": {"n": 9}}
    assert (second["retry_of"], second["retried_by"]) == (first["id"], [])
    first = (await api.get(f"/api/v1/runs/{first['id']}")).json()
    assert (first["retry_of"], first["retried_by"], first["waiting"], first["cost"]) == (None, [again], [], [])


async def test_a_graph_of_a_run_that_is_not_there(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"/api/v1/runs/{uuid4()}/graph")
    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")


async def doubtful(engine: Engine, rule: str, *, open_: bool = True) -> tuple[Claimed, UUID]:
    """A run that stands still for a call of unknown outcome; with `open_` False, one that has gone on from it."""
    store, step = engine.store, intent(input=b'{"n": 1.50}')
    made = arrival(rule=rule)
    await store.accept([], [made])
    (claimed,) = [each for each in await store.claim(new_id(), 100, 30) if each.rule == rule]
    attempt = Attempt(since=claimed.now, step=step.id if open_ else new_id())
    outcome = done(step, state="unknown", error=Fault("timeout", "no answer"))
    state = encode(State(at="n1", attempt=attempt))
    await store.commit([move(claimed, steps=(step,))])
    await store.commit([move(claimed, Park(), outcome=outcome, state=state)])
    return claimed, step.id


async def test_open_doubts_are_listed_until_they_are_settled(api: httpx.AsyncClient, engine: Engine) -> None:
    rule = f"D {uuid4().hex[:8]}"
    made = [await doubtful(engine, rule) for _ in range(3)]
    gone_on, _ = await doubtful(engine, rule, open_=False)
    first = (await api.get("/api/v1/unknowns", params={"rule": rule, "limit": 2})).json()
    last = (await api.get("/api/v1/unknowns", params={"rule": rule, "limit": 2, "cursor": first["next"]})).json()
    found = first["items"] + last["items"]
    assert [(each["run"], each["step"]) for each in found] == [
        (str(run.run_id), str(step)) for run, step in reversed(made)
    ]
    assert (found[0]["what"], found[0]["error"]["code"], found[0]["said"]) == ("t.act", "timeout", False)
    every = (await api.get("/api/v1/unknowns", params={"limit": 200})).json()["items"]
    assert str(gone_on.run_id) not in {each["run"] for each in every}
    await engine.store.commit([move(made[0][0], End("stopped"))])
    after = (await api.get("/api/v1/unknowns", params={"rule": rule})).json()["items"]
    assert [each["run"] for each in after] == [str(run.run_id) for run, _ in reversed(made[1:])]
    await engine.store.commit([move(left, End("stopped")) for left in (made[1][0], made[2][0], gone_on)])


async def test_an_event_and_a_start_that_are_sent_twice_are_made_once(api: httpx.AsyncClient, name: str) -> None:
    bodies = {
        "events": {"trigger": "kommo.lead_created", "data": LEAD | {"id": int(uuid4().hex[:10], 16)}},
        "runs": {"rule": f"Hand {name}", "args": {"n": 1}},
    }
    for path, body in bodies.items():
        headers = {"idempotency-key": uuid4().hex}
        first, second = [await api.post(f"/api/v1/{path}", json=body, headers=headers) for _ in range(2)]
        assert first.status_code == 202, first.json()
        assert first.json() == second.json()
    assert len((await api.get("/api/v1/runs", params={"rule": f"Hand {name}"})).json()["items"]) == 1


def test_a_step_says_how_often_its_node_was_come_by() -> None:
    def step(node: str) -> StoredStep:
        return StoredStep(id=new_id(), run_id=new_id(), seq=1, node=node, what="log", state="done")

    assert rounds([step("a"), step("b"), step("a")]) == [1, 1, 2]
