"""Files as long as a file may be, of one construct each: read whole, real work, that must grow with the length.

`TEXTS[name](lines)` makes one. Owns neither times nor verdicts.
"""

from __future__ import annotations

from collections.abc import Callable

_HEAD = 'use kommo\n\nrule "R"\n  when kommo.lead_created as lead\n  do\n'
Make = Callable[[int], str]


def _each(line: str, per: int = 1, head: str = "", tail: str = "") -> Make:
    """A text of `lines` lines: `line`, which takes `per` lines, with its number in place of `@`, again and again."""
    return lambda lines: head + "".join(line.replace("@", str(at)) for at in range(lines // per)) + tail


def _ring(lines: int) -> str:
    count = lines // 6
    events = "".join(f"event e{at}\n  n: int\n" for at in range(count))
    rules = (f'rule "R{at}"\n  when e{at} as x\n  do\n    emit e{(at + 1) % count} {{n: x.n}}\n' for at in range(count))
    return events + "".join(rules)


def _web(lines: int) -> str:
    count = int(lines**0.5) - 3
    events = "".join(f"event e{at}\n  n: int\n" for at in range(count))
    emits = "".join(f"    emit e{other} {{n: x.n}}\n" for other in range(count))
    return events + "".join(f'rule "R{at}"\n  when e{at} as x\n  do\n{emits}' for at in range(count))


def _boxes(lines: int) -> str:
    names = [f"c{at}" for at in range(10)]
    rows = (
        "".join(f"  | {(row * 7 + at * 13) % 97} .. {(row * 7 + at * 13) % 97 + 40}" for at in range(10))
        for row in range(lines // 20)
    )
    params = ", ".join(f"{name}: int" for name in names)
    head = f"table t({params}) -> int\n  | {' | '.join(names)} | -> |\n"
    return head + "".join(f"{row} | {at} |\n" for at, row in enumerate(rows))


def _chain(lines: int) -> str:
    return "".join(f"let a{at} = a{at + 1} + 1\n" for at in range(lines)) + f"let a{lines} = 1\n"


TEXTS: dict[str, Make] = {
    "empty lines": _each("\n"),
    "comments": _each("# why\n"),
    "words in the first column": _each("x@\n"),
    "constants": _each("let a@ = @\n"),
    "constants in a chain, backwards": _chain,
    "names given twice": _each("let a = 1\n"),
    "unknown names": _each("let a@ = b\n"),
    "functions": _each("function f@(x: int) -> int = x\n"),
    "rules": _each('rule "R@"\n  when kommo.lead_created as l\n  do\n    stop\n', 4, "use kommo\n\n"),
    "rules that write one field": _each(
        'rule "R@"\n  when kommo.lead_created as l\n  do\n    kommo.update_lead(lead_id: l.id, price: @)\n',
        4,
        "use kommo\n\n",
    ),
    "rules that feed each other": _ring,
    "rules that all feed all": _web,
    "calls": _each('    kommo.add_note(lead_id: lead.id, text: "Hi {lead.name}")\n', 1, _HEAD),
    "wrong calls": _each("    kommo.nope(x: 1)\n", 1, _HEAD),
    "labels": _each('    a@: log "x"\n', 1, _HEAD),
    "values in a chain": _each("    v@ = @ + 1\n", 1, _HEAD),
    "if": _each('    if lead.price > @\n      log "x"\n', 2, _HEAD),
    "else if": _each("    else if lead.price > @\n      stop\n", 2, _HEAD + "    if lead.price > 0\n      stop\n"),
    "case": _each('      case "@"\n        stop\n', 2, _HEAD + "    match lead.name\n"),
    "triggers": _each("  when kommo.lead_created as lead\n", 1, 'use kommo\n\nrule "R"\n', "  do\n    stop\n"),
    "wrong clauses": _each("  nope 1\n", 1, 'use kommo\n\nrule "R"\n', "  do\n    stop\n"),
    "rows": _each("  | @ | @ |\n", 1, "table t(n: int) -> int\n  | n | -> |\n", "  | _ | 0 |\n"),
    "rows of ten columns": _boxes,
    "fields of an event": _each("  f@: text\n", 1, "event e\n"),
    "days of a calendar": _each("  2026-01-01\n", 1, "calendar c\n"),
    "lines of a test": _each(
        '  given kommo.lead_created {id: 1, name: "a"}\n', 1, 'use kommo\n\ntest "t"\n', "  expect nothing\n"
    ),
    "tests": _each('test "t@"\n  given kommo.lead_created {id: 1, name: "a"}\n  expect nothing\n', 3, "use kommo\n\n"),
    "tools of an agent": _each(
        "    kommo.get_lead,\n", 1, 'use kommo\n\nagent a\n  model x "y"\n  tools\n', "    kommo.add_note\n"
    ),
    "patterns": _each('    v@ = lead.name matches "^(a+)+@$"\n', 1, _HEAD),
    "brackets that stay open": _each("  (\n", 1, "let a = (\n"),
    "quotes that stay open": _each('let a@ = "\n'),
    "a long text that stays open": _each("x @\n", 1, 'let a = """\n'),
    "tabs": _each("\tdo\n", 1, 'rule "R"\n'),
    "colons": _each("    if a:\n      stop\n", 2, 'rule "R"\n  do:\n'),
    "lines of 500 characters": _each(f'    log "{"x" * 485}"\n', 1, _HEAD),
}

ORDINARY = {"rules", "rules that write one field", "rules that feed each other", "constants", "calls", "if", "tests"}
"""Those that are what people write, only long."""
