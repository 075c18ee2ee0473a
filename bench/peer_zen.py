"""The same rules in zen-engine, in the two forms of it that are fastest. The only file that knows the library.

`array` is one expression, a list with the answer of every rule; `table` is a decision table with a column for each
field and the hit policy `collect`, which hands out the numbers of the rows that match, through the static loader.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import Any

from bench.rule_mix import FIELDS, Lead, Rule, Term

Match = Callable[[Lead], list[int]]
"""The numbers of the rules that fire."""


def array(rules: list[Rule]) -> Match:
    """One array expression, compiled once."""
    import zen

    text = ",".join(" and ".join(_condition(term) for term in rule) for rule in rules)
    evaluate = zen.compile_expression(f"[{text}]").evaluate
    numbers = range(len(rules))
    return lambda lead: list(compress(numbers, evaluate(lead)))


def table(rules: list[Rule]) -> Match:
    """One decision table behind the static loader."""
    import zen

    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": _document(rules)}}})
    evaluate = engine.evaluate
    return lambda lead: [int(row["n"]) for row in evaluate("rules", lead)["result"]]


def _condition(term: Term) -> str:
    match term.sign:
        case "set":
            return f"{term.field} != null"
        case "unset":
            return f"{term.field} == null"
        case "contains":
            return f"contains({term.field}, {_text(term.value)})"
        case "in":
            return f"{term.field} in [{', '.join(map(_text, term.value))}]"
        case sign:
            return f"{term.field} {sign} {_text(term.value)}"


def _cell(field: str, rule: Rule) -> str:
    terms = [term for term in rule if term.field == field]
    match terms:
        case [Term(sign=">="), Term(sign="<")]:
            return f"[{terms[0].value}..{terms[1].value})"
        case [Term(sign="==" | "in") as term]:
            values = term.value if term.sign == "in" else (term.value,)
            return ", ".join(map(_text, values))
        case [Term(sign="set")]:
            return "$ != null"
        case [Term(sign="unset")]:
            return "null"
        case [Term(sign="contains", value=word)]:
            return f"contains($, {_text(word)})"
        case [term]:
            return f"{term.sign} {term.value}"
        case _:
            return ""


def _text(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _document(rules: list[Rule]) -> dict[str, Any]:
    place = {"x": 0, "y": 0}
    rows = [
        {"_id": f"r{number}", "n": str(number), **{field: _cell(field, rule) for field in FIELDS}}
        for number, rule in enumerate(rules)
    ]
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": field, "name": field, "field": field} for field in FIELDS],
        "outputs": [{"id": "n", "name": "n", "field": "n"}],
        "rules": rows,
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "rules", "type": "decisionTableNode", "name": "rules", "position": place, "content": content},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
            {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
        ],
    }
