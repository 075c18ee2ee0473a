"""The one door to lark: a line of code and the name of its rule in, a node out.

Owns the grammar's tables, which are built once (`grammar_tables.json` beside the grammar) because building takes 0.2 s
and reading 10 ms. When lark or the grammar is another than the tables were made with, they are built anew.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import lark
import msgspec
from lark.exceptions import UnexpectedInput
from lark.grammar import Rule
from lark.lexer import TerminalDef

from treadle.dsl.limit_codes import NESTS_TOO_DEEP
from treadle.dsl.nodes import Node
from treadle.dsl.parser import limits, mistakes
from treadle.dsl.parser.build_lines import LineBuilder
from treadle.dsl.parser.building import TooDeep
from treadle.dsl.parser.driving import Driver, Stuck
from treadle.dsl.parser.reading import Reading

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar_tables.json")
HEADS = (
    "edition", "use", "let", "function", "rule", "sequence", "table", "event", "agent", "limit", "calendar", "test",
)  # fmt: skip
CLAUSES = (
    "when", "when_every", "when_cron", "when_webhook", "when_by_hand", "where", "once", "at_most", "quiet",
    "one_at_a_time", "stop_when", "only_during", "priority", "flag",
)  # fmt: skip
STEPS = ("step", "case", "otherwise", "on_timeout", "on_error")
MEMBERS = (
    "cell", "expr", "event_field", "calendar_day", "agent_model", "agent_instructions", "agent_tools", "agent_returns",
    "agent_budget", "agent_turns", "agent_memory", "agent_approve", "test_at", "test_after", "test_given",
    "given_webhook", "given_by_hand", "test_mock", "test_expect",
)  # fmt: skip
STARTS = (*HEADS, *CLAUSES, *STEPS, *MEMBERS)

_lock = Lock()


class Tables(msgspec.Struct, frozen=True):
    """What lark computes from the grammar, and what it was computed with."""

    lark: str
    grammar: str
    data: dict[str, Any]
    memo: dict[int, Any]


def read(start: str, code: str, reading: Reading, base: int) -> Node | None:
    """The node of one line, or None when it could not be read, which is reported.

    `code` begins `base` characters into the reading's block. The lock is there because lark's callbacks are bound to
    the one builder; parsing never waits and never gives up the interpreter's own lock for long.
    """
    with _lock:
        parser, builder, driver = _parser()
        mark = reading.mark()
        builder.begin(reading, base, code)
        try:
            try:
                node = driver.read(code, start)
            except Stuck:
                reading.back(mark)
                return _explained(parser, builder, start, code, reading, base)
        except TooDeep:
            reading.report(NESTS_TOO_DEEP, base, base + len(code), limit=limits.EXPRESSION_DEPTH)
            return None
    return node if isinstance(node, Node) else None


def _explained(parser: Any, builder: LineBuilder, start: str, code: str, reading: Reading, base: int) -> Node | None:
    builder.begin(reading, base, code)
    try:
        node = parser.parse(code, start=start)
    except UnexpectedInput as error:
        mistakes.report(error, code, reading, base)
        return None
    return node if isinstance(node, Node) else None


def expected(start: str, code: str) -> frozenset[str]:
    """The kinds of tokens (`NAME`, `WHERE`) that could follow the code in a line of this rule; none when the code
    cannot begin one. `$END` when the line could end there.
    """
    with _lock:
        parser, builder, _ = _parser()
        builder.begin(Reading("", code, 0, 1), 0, code)
        try:
            machine = parser.parse_interactive(code, start=start)
            machine.exhaust_lexer()
        except (UnexpectedInput, TooDeep):
            return frozenset()
        return frozenset(machine.accepts())


def build() -> Tables:
    """Computes the tables from the grammar, for `pregenerate` and for a lark that they were not made with."""
    made = lark.Lark(_grammar(), **_options())
    data, memo = made.memo_serialize([TerminalDef, Rule])
    return Tables(lark.__version__, _digest(), data, memo)


def stored() -> Tables | None:
    """The tables beside the grammar, when they are of this grammar and this lark."""
    try:
        tables = msgspec.json.decode(TABLES.read_bytes(), type=Tables)
    except (OSError, msgspec.DecodeError):
        return None
    if (tables.lark, tables.grammar) != (lark.__version__, _digest()):
        return None
    table = tables.data["parser"]["parser"]
    table["tokens"] = _with_numbers(table["tokens"])
    table["states"] = {int(state): _with_numbers(actions) for state, actions in table["states"].items()}
    return tables


def _with_numbers(keyed: dict[str, Any]) -> dict[int, Any]:
    """JSON has text keys only; lark's tables are keyed by numbers."""
    return {int(key): value for key, value in keyed.items()}


@cache
def _parser() -> tuple[Any, LineBuilder, Driver]:
    builder = LineBuilder()
    tables = stored() or build()
    parser = lark.Lark._load_from_dict(tables.data, tables.memo, transformer=builder)  # type: ignore[no-untyped-call]
    return parser, builder, Driver(parser)


def _options() -> dict[str, Any]:
    return {"parser": "lalr", "start": list(STARTS), "keep_all_tokens": True, "maybe_placeholders": False}


def _grammar() -> str:
    return GRAMMAR.read_text(encoding="utf-8")


def _digest() -> str:
    return hashlib.sha256(_grammar().encode()).hexdigest()
