"""The page of the reference with the grammar: generated from `grammar.lark`, with the blocks that indentation makes.

Owns the notation. What reads rule files is the grammar itself; the blocks stand here because a parser that reads one
line at a time has no rules for them.
"""

from __future__ import annotations

import re
from importlib.resources import files

HEAD = """# Grammar

Generated from the grammar that reads rule files. The notation is that of the W3C: `::=` defines, `|` chooses, `?` is at
most one, `*` any number, `+` at least one; words and signs of the language stand in quotes, names in capitals are
tokens. Blanks and comments may stand between any two tokens.

A rule file is read a logical line at a time: a line with all that stands in its brackets and `\"\"\"` texts, and with
the deeper lines after it that begin with `and` or `or`. Which lines stand under which is told by indentation, two
spaces a level: `BLOCK(x)` is one or more `x`, each on a line of its own and two spaces deeper. What follows a
block in a rule, such as `else` or `on timeout`, stands on a line of its own in the column of the first. `wait_for` and
`approve` are the alternatives of `step` that begin so.

## Blocks
"""

BLOCKS = """file        ::= declaration*
declaration ::= edition
              | "shared"? (use | let | function | table BLOCK(head row+))
              | rule BLOCK(clause) do
              | sequence BLOCK(clause)? do
              | event BLOCK(event_field)?
              | agent BLOCK(agent_line)
              | limit
              | calendar BLOCK(calendar_day)
              | test BLOCK(test_line)
do          ::= "do" BLOCK(block_step)
head        ::= "|" (NAME "|")* "->" "|"
row         ::= "|" (("_" | cell) "|")* expr "|"
clause      ::= when | when_every | when_cron | when_webhook | when_by_hand | where | once | at_most | quiet
              | one_at_a_time | stop_when | only_during | priority | flag
agent_line  ::= agent_model | agent_instructions | agent_tools | agent_returns | agent_budget | agent_turns
              | agent_memory | agent_approve
test_line   ::= test_at | test_after | test_given | given_webhook | given_by_hand | test_mock | test_expect
block_step  ::= label? (step | if | match | for | together | try | awaited)
label       ::= NAME ":"
if          ::= "if" expr BLOCK(block_step) ("else" "if" expr BLOCK(block_step))* ("else" BLOCK(block_step))?
match       ::= "match" expr BLOCK(arm+ rest?)
arm         ::= case BLOCK(block_step)
rest        ::= otherwise BLOCK(block_step)
for         ::= "for" "each" NAME "in" expr ("up" "to" count "at" "once")? BLOCK(block_step)
together    ::= "together" BLOCK(block_step)
try         ::= "try" BLOCK(block_step) on_error BLOCK(block_step)
awaited     ::= (wait_for | approve) on_timeout BLOCK(block_step)"""

_RULE = re.compile(r"^\??([a-z_]+): (.*(?:\n +.*)*)", re.MULTILINE)
_TOKEN = re.compile(r"^([A-Z_]+)(?:\.\d+)?: (.+)$", re.MULTILINE)
_WORD = re.compile(r"/([a-z]+)\\b(?:\(\?!.*\))?/")
_SIGN = re.compile(r'"(.+)"')
_SKIPPED = ("BLANK",)


def page() -> str:
    """The whole page."""
    source = files("treadle.dsl.parser").joinpath("grammar.lark").read_text(encoding="utf-8")
    source = re.sub(r"^//.*\n|(?<= )//.*$", "", source, flags=re.MULTILINE)
    tokens = dict(_TOKEN.findall(source))
    shown = {name: quoted for name, written in tokens.items() if (quoted := _quoted(written))}
    rules = [f"{name} ::= {_body(body, shown)}" for name, body in _RULE.findall(source)]
    others = [f"| `{name}` | `{_pattern(written)}` |" for name, written in tokens.items() if name not in shown]
    lines = [HEAD, "```text", BLOCKS, "```", "", "## Lines", "", "```text", *rules, "```", "", "## Tokens", ""]
    lines += [
        "Regular expressions. A word ends where it ends: `andx` is a name.",
        "",
        "| token | pattern |",
        "|---|---|",
    ]
    return "\n".join([*lines, *others, ""])


def _quoted(written: str) -> str | None:
    """A token that is one word or sign, in quotes."""
    word = _WORD.fullmatch(written)
    if word:
        return f'"{word.group(1)}"'
    sign = _SIGN.fullmatch(written)
    if sign is None:
        return None
    plain = sign.group(1).replace('\\"', '"')
    return f"'{plain}'" if '"' in plain else f'"{plain}"'


def _body(body: str, shown: dict[str, str]) -> str:
    plain = re.sub(r" *-> [a-z_]+", "", body)
    named = re.sub(r"\b[A-Z_]{1,}\b", lambda found: shown.get(found.group(), found.group()), plain)
    return re.sub(r" {2,}(?=\S)(?<!\n)", " ", "\n".join(line.rstrip() for line in named.split("\n"))).replace(
        "\n ", "\n    "
    )


def _pattern(written: str) -> str:
    return written.strip("/").replace("|", "\\|")
