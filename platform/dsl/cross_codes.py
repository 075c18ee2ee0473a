"""The codes of the checks across rules (E76x, W76x). Owns the texts; `analysis/` decides."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code


def _moves(name: str, stage: str, to: str) -> str:
    return (
        f'rule "{name}"\n  when kommo.lead_stage_changed as change\n  where change.stage == "{stage}"\n  do\n'
        f'    kommo.move_lead(lead_id: change.lead_id, stage: "{to}")\n'
    )


def _prices(name: str, condition: str, price: int, head: str = "") -> str:
    return (
        f'rule "{name}"\n  when kommo.lead_created as lead\n  where {condition}\n{head}  do\n'
        f"    kommo.update_lead(lead_id: lead.id, price: {price})\n"
    )


LOOP = Code(
    number="E761",
    summary="rules feed each other for ever",
    message="This never ends: {path}",
    explanation="Each of these steps is always reached and causes an event that always fires the next rule, back to "
    "the first. At run time the chain is cut at the hop limit and its last run fails. Change a condition or a value, "
    "or add `once per`.",
    wrong="use kommo\n\n" + _moves("Ping", "New", "Qualified") + "\n" + _moves("Pong", "Qualified", "New"),
    right="use kommo\n\n" + _moves("Ping", "New", "Qualified") + "\n" + _moves("Pong", "Qualified", "Won"),
)

MAY_LOOP = Code(
    number="W761",
    summary="rules may feed each other",
    message="This may never end: {path}",
    explanation="Each of these steps can cause an event that can fire the next rule, back to the first. Whether it "
    "goes on depends on values that are not known before. A narrower condition or `once per` says that it ends.",
    wrong='use kommo\n\nrule "Up"\n  when kommo.lead_updated as lead\n  where lead.price < 5\n  do\n'
    "    kommo.update_lead(lead_id: lead.id, price: lead.price + 1)\n\n"
    'rule "Down"\n  when kommo.lead_updated as lead\n  where lead.price > 3\n  do\n'
    "    kommo.update_lead(lead_id: lead.id, price: lead.price - 1)\n",
    right='use kommo\n\nrule "Up"\n  when kommo.lead_updated as lead\n  where lead.price < 5\n'
    "  once per lead.id\n  do\n"
    "    kommo.update_lead(lead_id: lead.id, price: lead.price + 1)\n\n"
    'rule "Down"\n  when kommo.lead_updated as lead\n  where lead.price > 3\n  do\n'
    "    kommo.update_lead(lead_id: lead.id, price: lead.price - 1)\n",
)

CONFLICT = Code(
    number="W762",
    summary="two rules write different values",
    message='One event may fire both "{first}" and "{second}", and they set `{field}` to different values',
    explanation="Both rules hear the same event, their conditions do not exclude each other, and what they write to "
    "the same field of the same thing differs: which one stays is a matter of chance. Make one condition narrower, or "
    "give one rule a higher `priority` and `stop after`.",
    wrong="use kommo\n\n" + _prices("Small", "lead.price < 100", 100) + "\n" + _prices("Any", "lead.price < 500", 500),
    right="use kommo\n\n" + _prices("Small", "lead.price < 100", 100) + "\n" + _prices("Any", "lead.price > 100", 500),
)

NEVER_HOLDS = Code(
    number="W763",
    summary="a condition can never hold{beside}",
    message="`{text}` can never hold{beside}",
    explanation="No event has values for which the whole `where` is true, so the rule never fires.",
    wrong=a_rule(A_NOTE, head="where lead.price > 10 and lead.price < 5"),
    right=a_rule(A_NOTE, head="where lead.price > 10 or lead.price < 5"),
)

NEVER_TAKEN = Code(
    number="W764",
    summary="a branch is never taken",
    message="This branch is never taken: {why}",
    explanation="The rule's `where` and the branches before it leave no value for which the run would go here.",
    wrong=a_rule("if lead.price < 5", f"  {A_NOTE}", head="where lead.price > 10"),
    right=a_rule("if lead.price < 50", f"  {A_NOTE}", head="where lead.price > 10"),
)

NEVER_FIRES = Code(
    number="W765",
    summary="a rule never fires",
    message='"{rule}" never fires: "{stopper}" has a higher priority, takes all of its events and stops after them',
    explanation="`stop after` keeps rules of a lower priority from firing on the same event, and here the condition of "
    "the higher one holds for every event of the lower one.",
    wrong="use kommo\n\n"
    + _prices("First", "lead.price < 500", 500, "  priority 5\n  stop after\n")
    + "\n"
    + _prices("Second", "lead.price < 100", 100),
    right="use kommo\n\n"
    + _prices("First", "lead.price < 500", 500, "  priority 5\n  stop after\n")
    + "\n"
    + _prices("Second", "lead.price < 1000", 100),
)
