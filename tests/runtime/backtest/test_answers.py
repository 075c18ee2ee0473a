"""What was answered then: agents by what the rule said to them, calls by their arguments, with what it cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.runtime.virtual.clinic import Clinic, says, wants
from tests.runtime.virtual.conftest import START

from treadle.runtime.backtest.answers import Answers, asked, same
from treadle.runtime.ids import new_id
from treadle.runtime.ports import ApprovalRow, Fault, StoredStep

RULE = """
agent judge
  model clinic "small"
  instructions "Be brief."
  tools clinic.get_lead
  returns {score: int}

rule "Judge"
  when clinic.came as lead
  do
    found = ask judge "Judge {lead.name}"
    log "got {found.score}"
"""


async def test_a_conversation_is_one_answer_with_all_that_it_cost() -> None:
    clinic = Clinic(RULE)
    clinic.replies += [wants(("get_lead", {"id": 1})), says({"score": 7})]
    await clinic.came(name="Eva")
    assert clinic.logs == ["got 7"]
    (graph,) = clinic.world.rules.graphs().values()
    answers = Answers()
    steps = await clinic.steps()
    answers.add(graph, steps)
    found = answers.called("ask judge", asked("Judge Eva"), 1)
    assert found is not None
    assert (found.state, found.output, found.cost) == ("done", b'{"score":7}', Decimal("0.002"))
    assert answers.called("ask judge", asked("Judge Ana"), 1) is None
    without = Answers()
    without.add(None, steps)
    assert without.called("ask judge", asked("Judge Eva"), 1) is None


def step(state: str, output: bytes | None = None, error: Fault | None = None) -> StoredStep:
    return StoredStep(
        id=new_id(),
        run_id=new_id(),
        seq=1,
        node="n1",
        what="shop.get",
        state=state,  # type: ignore[arg-type]
        effect="idempotent",
        input=b'{"id": 1, "deep": {"b": 1, "a": 2.50}}',
        output=output,
        error=error,
    )


def test_a_call_is_the_same_whatever_order_its_arguments_have() -> None:
    answers = Answers()
    answers.add(None, [step("done", b"1"), step("failed", error=Fault("no", "no")), step("intent"), step("unknown")])
    args = same(b'{"deep":{"a":2.50,"b":1},"id":1}')
    found = [answers.called("shop.get", args, times) for times in (1, 2, 3, 9)]
    assert [each.state if each else None for each in found] == ["done", "failed", "unknown", "unknown"]
    assert answers.called("shop.get", same(b'{"id":1}'), 1) is None


def test_people_are_known_by_what_they_were_asked() -> None:
    answers = Answers()
    said = {"yes?": "approved", "no?": "refused", "late?": "closed"}
    rows = [_question(question, state) for question, state in said.items()]
    answers.ask_people(rows)
    assert [answers.decided(each) for each in ("yes?", "no?", "late?", "who?")] == [
        (True, True),
        (True, False),
        (True, None),
        (False, None),
    ]


def _question(question: str, state: Any) -> ApprovalRow:
    ids = {"id": new_id(), "run_id": new_id()}
    return ApprovalRow(rule="A", question=question, by="boss", state=state, created_at=START, until=START, **ids)
