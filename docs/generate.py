"""Writes the generated pages of the reference: `python docs/generate.py`, or with `--check` fails when one is old.

Owns which page comes from which declarations. The texts stand with the declarations.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


STAGES = {
    "E10": "Reading a line",
    "E14": "Lines of declarations",
    "E20": "Names",
    "E30": "Types",
    "E40": "Clauses and steps",
    "E42": "Waiting, branches, sequences",
    "E59": "Going live",
    "E60": "Sizes",
    "E70": "Tables, agents, limits, calendars, tests",
    "E76": "Rules together",
    "E80": "Editing",
    "W": "Warnings",
}
"""The chapters of the list of codes, each from its first number on."""


def diagnostics_page() -> str:
    """The list of all diagnostic codes, in order of the numbers; each has a page of its own."""
    from treadle.dsl import codes

    lines = [
        "# Diagnostics",
        "",
        "Every finding has a code that never changes. `E` is an error, `W` a warning; exit status 1 on errors, with",
        "`--strict` on warnings too. Each page has the cause, a wrong example and a right one;",
        "`treadle check --why E304` prints it. Generated from the declarations; the examples are tested.",
    ]
    left = list(STAGES.items())
    for number, code in codes.every().items():
        if left and number >= left[0][0]:
            lines += ["", f"## {left.pop(0)[1]}", "", "| code | |", "|---|---|"]
        lines.append(f"| [{number}](diagnostics/{number}.md) | {code.summary} |")
    return "\n".join([*lines, ""])


def code_pages() -> dict[str, Callable[[], str]]:
    """A page for each code, by its name under the reference."""
    from treadle.dsl import codes
    from treadle.dsl.code_page import code_page

    return {f"diagnostics/{number}.md": partial(code_page, code) for number, code in codes.every().items()}


def functions_page() -> str:
    """Every built-in function with its examples."""
    from treadle.dsl.builtins.reference import page

    return page()


def words_page() -> str:
    """The words that cannot name a value, by what they begin."""
    from treadle.dsl.parser import words

    groups = (("a clause", words.CLAUSES), ("a step or a branch of one", words.STEPS), ("an operator", words.OPERATORS))
    lines = [
        "# Reserved words",
        "",
        "These words cannot name a value. As the name of a field or an argument each of them is free:",
        "`lead.match`, `kommo.find(at: 1)`. All other words of the language may name a value too. Generated.",
        "",
        "| begins | words |",
        "|---|---|",
    ]
    for what, group in groups:
        lines.append(f"| {what} | {', '.join(f'`{word}`' for word in sorted(group))} |")
    return "\n".join([*lines, ""])


def plugins_page() -> str:
    """Every trigger, action and type of the plugins that ship."""
    from plugins_page import page

    return page()


def grammar_page() -> str:
    """The grammar in a notation that people read."""
    from grammar_page import page

    return page()


def sizes_page() -> str:
    """Every bound and every default."""
    from sizes_page import page

    return page()


def editing_page() -> str:
    """Every edit operation."""
    from editing_page import page

    return page()


def openapi() -> str:
    """The document of the HTTP API."""
    from openapi_page import page

    return page()


PAGES = {
    "diagnostics.md": diagnostics_page,
    "editing.md": editing_page,
    "functions.md": functions_page,
    "grammar.md": grammar_page,
    "openapi.json": openapi,
    "plugins.md": plugins_page,
    "reserved-words.md": words_page,
    "sizes.md": sizes_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are old (exit status 1)."""
    check = "--check" in arguments
    pages = {**PAGES, **code_pages()}
    old = [str(path.name) for path in (REFERENCE / "diagnostics").glob("*") if f"diagnostics/{path.name}" not in pages]
    for name in [] if check else old:
        (REFERENCE / "diagnostics" / name).unlink()
    for name, make in pages.items():
        path, text = REFERENCE / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and old:
        print(f"old: {', '.join(old)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
