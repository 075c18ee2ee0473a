"""The codes of agents, limits and calendars (E71x to E73x). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.codes import Code

_USES = "use openrouter as llm\nuse kommo\n\n"
_ASKS = """
rule "Judge"
  when kommo.lead_created as lead
  do
    verdict = ask judge "Is {lead.name} good?"
    log verdict
"""


def _agent(*lines: str) -> str:
    return _USES + "agent judge\n" + "".join(f"  {line}\n" for line in lines) + _ASKS


_MODEL = 'model llm "openai/gpt-4o-mini"'
_TOOLS = "tools kommo.get_contact, kommo.add_note"

AGENT_WITHOUT_MODEL = Code(
    number="E711",
    summary="an agent without a model",
    message="The agent `{name}` has no `model`",
    explanation="An agent names the connection that it asks through and one model or several; later ones are "
    "fallbacks.",
    wrong=_agent('instructions "Be brief."'),
    right=_agent(_MODEL, 'instructions "Be brief."'),
)

AGENT_LINE_TWICE = Code(
    number="E712",
    summary="a line of an agent stands twice",
    message="`{line}` stands twice",
    explanation="Each line of an agent says one thing once; only `approve` may stand several times, for one tool each.",
    wrong=_agent(_MODEL, "turns 3", "turns 4"),
    right=_agent(_MODEL, "turns 3"),
)

CANNOT_BE_ASKED = Code(
    number="E713",
    summary="a plugin without models",
    message="`{name}` has no models that an agent could ask",
    explanation="An agent asks through a plugin whose connections lead to language models, such as `openrouter`.",
    wrong=_agent('model kommo "openai/gpt-4o-mini"').replace("use openrouter as llm\n", ""),
    right=_agent(_MODEL),
)

TOOL_TWICE = Code(
    number="E714",
    summary="a tool is named twice",
    message="The tool `{tool}` is named twice",
    explanation="`tools` lists each action that the agent may call once; `approve` names each of them at most once.",
    wrong=_agent(_MODEL, "tools kommo.get_contact, kommo.get_contact"),
    right=_agent(_MODEL, _TOOLS),
)

APPROVES_NO_TOOL = Code(
    number="E715",
    summary="`approve` names no tool of the agent",
    message="`{tool}` is no tool of this agent",
    explanation="`approve` holds back a tool that the agent has until a person agrees.",
    wrong=_agent(_MODEL, "tools kommo.get_contact", 'approve kommo.add_note by "manager"'),
    right=_agent(_MODEL, _TOOLS, 'approve kommo.add_note by "manager"'),
)

PERIOD_TWICE = Code(
    number="E716",
    summary="two budgets of one period",
    message="The budget per {period} is given twice",
    explanation="Only the smaller one of them could count.",
    wrong=_agent(_MODEL, "budget 1 usd per day, 2 usd per day"),
    right=_agent(_MODEL, "budget 1 usd per day, 20 usd per month"),
)

NOT_COUNTED_APART = Code(
    number="E721",
    summary="a limit counts apart by an argument that no call has",
    message="No call that counts has an argument `{name}` or `{name}_id`",
    explanation="`per` names what is counted for itself, by the argument of the calls: with `per contact`, calls with "
    "the same `contact` or `contact_id` count together.",
    wrong='limit "calm" at most 2 messages per 1 day per contcat else wait\n',
    right='limit "calm" at most 2 messages per 1 day per contact else wait\n',
)

RANGE_BACKWARDS = Code(
    number="E731",
    summary="a range of days that ends before it begins",
    message="This range ends before it begins",
    explanation="A line `first .. last` of a calendar holds both days and all between them.",
    wrong="calendar holidays\n  2026-08-15 .. 2026-08-01\n",
    right="calendar holidays\n  2026-08-01 .. 2026-08-15\n",
)

DAY_TWICE = Code(
    number="W731",
    summary="a day stands twice in a calendar",
    message="{day} is in this calendar already",
    explanation="A day once in a calendar is left out; naming it again changes nothing, so perhaps another was meant.",
    wrong="calendar holidays\n  every 25 December\n  2026-12-25\n",
    right="calendar holidays\n  every 25 December\n  2026-12-26\n",
)
