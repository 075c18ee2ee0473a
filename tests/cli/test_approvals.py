"""`treadle approvals`: what runs ask people, seen and decided on the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Call
from tests.cli.test_platform import LEAD

from treadle.runtime.engine import open_engine
from treadle.runtime.settings import Settings
from treadle.runtime.worker import Worker

RULE = """use kommo

rule "{name}"
  when kommo.lead_created as lead
  do
    ok = approve "{name}?" by "manager" up to 1 day
    on timeout
      stop
    log "{{ok}}"
"""


async def asks(home: Path, question: str) -> None:
    """A worker, until the question is asked."""
    async with open_engine(Settings.read({}, home=home)) as engine, asyncio.timeout(20):
        stop = asyncio.Event()
        task = asyncio.create_task(Worker(engine).run(stop))
        while question not in [each.question for each in await engine.store.approvals()]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
        stop.set()
        await task


def test_a_question_is_listed_approved_and_not_decided_otherwise(
    call: Call, database_home: Path, tmp_path: Path
) -> None:
    name = f"R {uuid4().hex[:8]}"
    rule, lead = tmp_path / "r.rule", tmp_path / "lead.json"
    rule.write_text(RULE.format(name=name))
    lead.write_text(json.dumps(LEAD | {"id": int(uuid4().hex[:10], 16)}))
    assert call("publish", str(rule)).status == 0
    assert call("send", "kommo.lead_created", str(lead)).status == 0
    asyncio.run(asks(database_home, f"{name}?"))
    (question,) = [each for each in call("approvals", "--json").json if each["question"] == f"{name}?"]
    assert f"{name}?" in call("approvals", "list").out
    approved = call("approvals", "approve", question["id"], "--who", "ana")
    assert approved.out == f"approved: {name}? (run {question['run_id']})\n"
    refused = call("approvals", "refuse", question["id"])
    assert (refused.status, "was approved by ana already" in refused.err) == (1, True)
    assert f"{name}?" not in call("approvals").out
    assert f"{name}?" in call("approvals", "list", "--all").out


def test_a_question_that_is_not_there_is_said(call: Call) -> None:
    refused = call("approvals", "refuse", str(uuid4()))
    assert (refused.status, "There is no question" in refused.err) == (1, True)
