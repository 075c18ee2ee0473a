"""What files declare beside rules, and agents as text: what a form gives comes back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl.editing.agents import AgentFields, agent_text
from treadle.dsl.inventory import AgentTool, BudgetPart, Remembers, Typed, inventory

FILE = """# a rule that cannot be read does not matter
rule "Broken
  when

shared use openrouter "main" as llm

agent judge
  model llm "a/b", "c/d"
  turns 4

agent empty
  turns 2

shared table discount(segment: text, price: number) -> number
  | segment | price  | -> |
  | "gold"  | > 1000 | 20 |

calendar holidays
  2026-12-25
  2026-08-01 .. 2026-08-15
"""


def test_what_is_declared_is_found_with_its_lines() -> None:
    found = inventory({"a.rule": FILE, "b.rule": 'agent other\n  model llm "x"\n'})
    judge, other = found.agents
    assert (judge.name, judge.line, judge.plugin, judge.connection) == ("judge", 7, "openrouter", "main")
    assert (judge.models, judge.turns, judge.returns, judge.tools) == (["a/b", "c/d"], 4, "text", [])
    assert (other.file, other.plugin, other.turns) == ("b.rule", "openrouter", 6)
    (table,) = found.tables
    assert (table.shared, table.params[1], table.returns, table.rows) == (True, Typed("price", "number"), "number", 1)
    assert [each.days for each in found.calendars] == [["2026-12-25", "2026-08-01 .. 2026-08-15"]]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=80))
def test_instructions_come_back_as_they_were(instructions: str) -> None:
    fields = AgentFields(
        model="llm",
        models=["m", 'n"{'],
        instructions=instructions,
        tools=[AgentTool("kommo.x", "boss"), AgentTool("kommo.y")],
        returns="{a: int}",
        budget=[BudgetPart("0.05 usd", "run"), BudgetPart("1 usd", "lead.id")],
        turns=3,
        memory=Remembers("lead.id", 4),
    )
    (found,) = inventory({"f": agent_text("q", fields)}).agents
    assert found.instructions == instructions
    assert (found.models, found.tools, found.budget, found.memory) == (
        fields.models, fields.tools, fields.budget, fields.memory,
    )  # fmt: skip
