"""Texts that are too much: too long, too deep, too many. Each is named; `codes` are the diagnostics that may answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

HEAD = "use kommo\n\n"
RULE = HEAD + 'rule "R"\n  when kommo.lead_created as lead\n  where {}\n  do\n    log "x"\n'
STEPS = HEAD + 'rule "R"\n  when kommo.lead_created as lead\n  do\n{}'


class Bomb(NamedTuple):
    """How a text is made, and the codes of which at least one must be among the errors; none: it must be clean."""

    make: Callable[[], str]
    codes: tuple[str, ...] = ()


def _where(condition: Callable[[], str], *codes: str) -> Bomb:
    return Bomb(lambda: RULE.format(condition()), codes)


def _steps(steps: Callable[[], str], *codes: str) -> Bomb:
    return Bomb(lambda: STEPS.format(steps()), codes)


def _blocks(opener: str, depth: int, inner: str = "stop") -> str:
    lines = [f"{'  ' * (level + 2)}{opener.format(level)}\n" for level in range(depth)]
    return "".join(lines) + f"{'  ' * (depth + 2)}{inner}\n"


def _rows(count: int) -> str:
    rows = "".join(f"  | {at} | {at * 2} |\n" for at in range(count))
    return f"table t(n: int) -> int\n  | n | -> |\n{rows}  | _ | 0 |\nlet one = t(1)\n"


def _wide_rows(count: int) -> str:
    rows = "".join(f"  | {a} | {b} | {a * b} |\n" for a in range(count) for b in range(count))
    return f"table t(a: int, b: int) -> int\n  | a | b | -> |\n{rows}  | _ | _ | 0 |\n"


def _boxes(columns: int, rows: int) -> str:
    names = [f"c{at}" for at in range(columns)]
    params = ", ".join(f"{name}: int" for name in names)
    cells = [
        "  | " + " | ".join(f"{(row * 7 + at * 13) % 97} .. {(row * 7 + at * 13) % 97 + 40}" for at in range(columns))
        for row in range(rows)
    ]
    body = "".join(f"{line} | {at} |\n" for at, line in enumerate(cells))
    return f"table t({params}) -> int\n  | {' | '.join(names)} | -> |\n{body}"


def _doubled(step: str, count: int, start: str) -> str:
    lets = [f"let v0 = {start}\n"]
    lets += [f"let v{at} = {step.format(f'v{at - 1}')}\n" for at in range(1, count)]
    return "".join(lets)


def _functions(body: str, count: int, type: str = "text") -> str:
    made = [f"function f0(x: {type}) -> {type} = x\n"]
    made += [f"function f{at}(x: {type}) -> {type} = {body.format(at - 1)}\n" for at in range(1, count)]
    return "".join(made)


_TOO_LONG, _TOO_DEEP = "E603", "E602"

TEXTS: dict[str, Bomb] = {
    "3,000 not": _where(lambda: "not " * 3_000 + "true", _TOO_DEEP),
    "3,000 minus": _where(lambda: "-" * 3_000 + "1 < 2", _TOO_DEEP),
    "50,000 parentheses": _where(lambda: "(" * 50_000 + "true" + ")" * 50_000, _TOO_DEEP),
    "50,000 open parentheses": _where(lambda: "(" * 50_000, "E105"),
    "50,000 brackets": _where(lambda: "[" * 50_000 + "]" * 50_000 + " == []", _TOO_DEEP),
    "50,000 braces": _where(lambda: "{a: " * 50_000 + "1" + "}" * 50_000, _TOO_DEEP),
    "a line of 5 MB": _where(lambda: "x" * 4_990_000, "E603"),
    "a text of 5 MB": _where(lambda: 'lead.name == "' + "x" * 4_980_000 + '"', "E603"),
    "a comment of 5 MB": Bomb(lambda: "#" * 4_990_000 + "\n", ("E610",)),
    "blanks of 5 MB": Bomb(lambda: " " * 4_990_000 + "\n"),
    "5 MB of words": _where(lambda: "a " * 2_400_000, "E610"),
    "5 MB of signs": _where(lambda: "+" * 4_900_000, "E610"),
    "100,000 and": _where(lambda: " and ".join(["true"] * 100_000), _TOO_LONG),
    "100,000 and on lines": _where(lambda: "\n    and ".join(["true"] * 100_000), "E607"),
    "9,000 and": _where(lambda: " and ".join(["lead.price > 1"] * 3_000)),
    "9,000 or": _where(lambda: " or ".join(f"lead.price == {at}" for at in range(3_000)), "E603"),
    "4,000 sums": _where(lambda: " + ".join(["1"] * 4_000) + " > 1", _TOO_DEEP),
    "3,000 members": _where(lambda: "lead" + ".name" * 3_000, _TOO_DEEP),
    "3,000 calls": _where(lambda: "lead.name" + ".trim()" * 3_000, _TOO_DEEP),
    "3,000 choices": _where(lambda: "true if true else " * 3_000 + "true", _TOO_DEEP),
    "3,000 lambdas": _where(lambda: "x => " * 3_000 + "x", _TOO_DEEP),
    "texts in texts": _where(lambda: '"{' * 5_000 + "1" + '}"' * 5_000, _TOO_DEEP),
    "90 deep": _where(lambda: "(" * 90 + "true" + ")" * 90),
    "90 lists deep": Bomb(lambda: "let a = json(" + "[" * 90 + "1" + "]" * 90 + ")\n"),
    "90 braces deep": Bomb(lambda: "let a = " + "{a: " * 90 + "1" + "}" * 90 + "\n", ("E602",)),
    "90 functions deep": _where(lambda: "abs(" * 90 + "1" + ")" * 90 + " > 0", "E602"),
    "90 lambdas deep": _where(lambda: "".join(f"any([1], x{at} => " for at in range(45)) + "true" + ")" * 45, "E602"),
    "a text with 9,000 values": _where(lambda: 'lead.name == "' + "{lead.name}" * 3_000 + '"'),
    "a text with 100,000 values": _where(lambda: 'lead.name == "' + "{lead.name}" * 100_000 + '"', "E610"),
    "a list of 9,000": Bomb(lambda: f"let a = [{', '.join(map(str, range(9_000)))}]\nlet b = a[0] ?? 1\n"),
    "a list of 100,000": Bomb(lambda: f"let a = [{', '.join(map(str, range(100_000)))}]\n", ("E603",)),
    "a record of 4,000": Bomb(lambda: "let a = {" + ", ".join(f"f{at}: {at}" for at in range(4_000)) + "}\n"),
    "a map of 4,000": Bomb(lambda: "let a = {" + ", ".join(f'"f{at}": {at}' for at in range(4_000)) + "}\n", ("E603",)),
    "5,000 digits": _where(lambda: "9" * 5_000 + " > 1", "E604"),
    "a file of 50 MB": Bomb(lambda: "let a = 1\n" * 5_000_000, ("E601",)),
    "2,490,000 empty lines": Bomb(lambda: "\n" * 4_990_000, ("E607",)),
    "500,000 comments": Bomb(lambda: "#\n" * 2_490_000, ("E607",)),
    "100,000 declarations": Bomb(lambda: "".join(f"let a{at} = {at}\n" for at in range(100_000)), ("E607",)),
    "3,000 blocks": _steps(lambda: "".join(f"{' ' * depth}if true\n" for depth in range(4, 3_000)), "E606"),
    "38 blocks if": _steps(lambda: _blocks("if lead.price > {}", 36)),
    "38 blocks for each": _steps(lambda: _blocks("for each x{} in lead.tags", 36)),
    "38 blocks try": _steps(lambda: _blocks("together", 36)),
    "a circle of 3,000 lets": Bomb(
        lambda: "".join(f"let a{at} = a{at + 1} + 1\n" for at in range(3_000)) + "let a3000 = a0\n", ("E216",)
    ),
    "text doubled by lets": Bomb(lambda: _doubled('"{{{0}}}{{{0}}}"', 60, '"aaaaaaaaaaaaaaaa"'), ("E319",)),
    "lists doubled by lets": Bomb(lambda: _doubled("[{0}, {0}]", 60, "[1]"), ("E319",)),
    "lists added by lets": Bomb(lambda: _doubled("{0} + {0}", 60, "[1]"), ("E319",)),
    "records doubled by lets": Bomb(lambda: _doubled("{{a: {0}, b: {0}}}", 60, "{a: 1}"), ("E609",)),
    "json doubled by lets": Bomb(lambda: _doubled("json([{0}, {0}])", 60, "json(1)"), ("E319",)),
    "replace doubled by lets": Bomb(lambda: _doubled('replace({0}, "a", "aaaaaaaaaa")', 30, '"aaaaaaaaaa"'), ("E319",)),
    "numbers squared by lets": Bomb(lambda: _doubled("{0} * {0}", 60, "1000003"), ("E319",)),
    "text doubled by functions": Bomb(
        lambda: _functions('"{{f{0}(x)}}{{f{0}(x)}}"', 60) + 'let a = f59("aaaa")\n', ("E602",)
    ),
    "calls doubled by functions": Bomb(
        lambda: _functions("f{0}(x) + f{0}(x)", 60, "int") + "let a = f59(1)\n", ("E602",)
    ),
    "records doubled by types": Bomb(
        lambda: (
            HEAD
            + 'rule "R"\n  when kommo.lead_created as lead\n  do\n    v0 = {a: lead.name}\n'
            + "".join(f"    v{at} = {{a: v{at - 1}, b: v{at - 1}, c: v{at - 1}}}\n" for at in range(1, 40))
            + "    log v39.a.a.a.a.name\n"
        ),
        ("E609",),
    ),
    "lists doubled by types": Bomb(
        lambda: (
            HEAD
            + 'rule "R"\n  when kommo.lead_created as lead\n  do\n    v0 = [lead.name]\n'
            + "".join(f"    v{at} = [v{at - 1}]\n" for at in range(1, 2_000))
            + '    log "x"\n'
        ),
        ("E609",),
    ),
    "deep types": Bomb(lambda: "event e\n  f: " + "[" * 90 + "int" + "]" * 90 + "\n"),
    "very deep types": Bomb(lambda: "event e\n  f: " + "[" * 3_000 + "int" + "]" * 3_000 + "\n", (_TOO_DEEP,)),
    "types with 3,000 signs": Bomb(lambda: "event e\n  f: int" + "?" * 3_000 + "\n", ("E102",)),
    "a deep json in a test": Bomb(
        lambda: HEAD + 'test "t"\n  given kommo.lead_created {name: ' + "[" * 90 + "]" * 90 + "}\n", ("E301",)
    ),
    "5,000 tools of an agent": Bomb(
        lambda: HEAD + "agent a\n  tools " + ", ".join(["kommo.get_lead"] * 5_000) + "\n", ("E711",)
    ),
    "patterns by the thousand": _where(lambda: " or ".join(f'lead.name matches "^(a+)+{at}$"' for at in range(1_000))),
    "a pattern that doubles": _where(lambda: 'lead.name matches "' + "(a{1,100}){1,100}" * 5 + '"', "E314"),
    "a label of 1 MB": _steps(lambda: f'    {"a" * 1_000_000}: log "x"\n', "E603"),
    "a name of 1 MB": Bomb(lambda: f'rule "{"n" * 1_000_000}"\n  when by hand\n  do\n    stop\n', ("E603",)),
    "nulls": Bomb(lambda: "\0" * 1_000_000, ("E610",)),
    "carriage returns": Bomb(lambda: "let a = 1\r" * 100_000, ("E610",)),
}
