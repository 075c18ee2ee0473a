"""/runs/{id}/test: a run of the real store becomes a test that passes."""

from __future__ import annotations

from uuid import uuid4

import httpx
from tests.api.test_events import LEAD
from tests.api.test_runs import ended, working

from treadle.dsl.compiling import build
from treadle.runtime.engine import Engine
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of

RULE = """use kommo as crm

sequence "Aside"(name: text)
  do
    wait 1 s
    log "aside {{name}}"

rule "{name}"
  when crm.lead_created as lead
  where lead.price > 500
  do
    start "Aside"(name: lead.name)
    try
      crm.add_note(lead_id: lead.id, text: "Hi {{lead.name}}") no retry
    on error as problem
      log "{{problem.code}}: {{problem.message}}"
    log "big: {{lead.name}}, {{lead.price}}"
    fail "too big: {{lead.price}}"
"""


async def test_a_real_run_passes_as_a_test(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"R {uuid4().hex[:8]}"
    text = RULE.format(name=name)
    assert (await api.post("/api/v1/publications", json={"files": {"rules/r.rule": text}})).status_code == 201
    lead = LEAD | {"id": int(uuid4().hex[:10], 16), "name": 'Ana "Q" {x}\n', "price": 900.50}
    put = await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    seen = (await api.get(f"/api/v1/events/{put.json()['events'][0]}")).json()
    async with working(engine):
        run = await ended(api, seen["runs"][0])
    told = (await api.get(f"/api/v1/runs/{run['id']}/test")).json()["text"]
    assert 'expect start "Aside"' in told
    built = build({"rules/r.rule": f"{text}\n{told}"}, await engine.world())
    assert not built.compiled.errors, (told, built.compiled.errors)
    player = Player(built.compiled.partial, built.compiled.limits, await engine.world())
    (trial,) = suite_of(built).trials
    played = await player.play(trial)
    assert played.passed, (told, played.failure)


async def test_what_cannot_be_told_is_said(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"/api/v1/runs/{uuid4()}/test")
    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")
