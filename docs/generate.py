"""Writes the generated pages of the reference: `python docs/generate.py`, or with `--check` fails when one is old.

Owns which page comes from which declarations. The texts stand with the declarations.
"""

from __future__ import annotations

import sys
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


def diagnostics_page() -> str:
    """Every diagnostic code with its cause and its two examples, in order of the numbers."""
    from treadle.dsl import codes

    lines = [
        "# Diagnostics",
        "",
        "Every finding has a code that never changes. `E` is an error, `W` a warning; exit status 1 on errors, with",
        "`--strict` on warnings too. Generated from the declarations; the examples are tested.",
        "",
    ]
    for number, code in codes.every().items():
        lines += [f"## {number}: {code.summary}", "", code.explanation, ""]
        lines += ["```text", f"{code.severity}[{number}]: {code.message}", "```", ""]
        shown = code.fill[0].rstrip("\n") + f"  (… {code.fill[1]:,} times)" if code.fill else ""
        lines += ["Wrong:", "", "```", code.wrong.replace("…", shown).rstrip("\n"), "```", ""]
        lines += ["Right:", "", "```", code.right.rstrip("\n"), "```", ""]
    return "\n".join(lines)


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


PAGES = {
    "diagnostics.md": diagnostics_page,
    "functions.md": functions_page,
    "plugins.md": plugins_page,
    "reserved-words.md": words_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are old (exit status 1)."""
    old = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if "--check" in arguments and old:
        print(f"old: {', '.join(old)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
