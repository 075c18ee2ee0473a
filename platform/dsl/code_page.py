"""The page of one diagnostic code, as Markdown: for the reference and `treadle check --why`. Owns its form alone."""

from __future__ import annotations

from treadle.dsl.codes import Code

_REPEATED = "{text}  (… {times:,} times)"


def code_page(code: Code) -> str:
    """What the code says and why, a wrong and a right example."""
    shown = _REPEATED.format(text=code.fill[0].rstrip("\n"), times=code.fill[1]) if code.fill else ""
    return "\n".join(
        [
            f"# {code.number}: {code.summary}",
            "",
            "```text",
            f"{code.severity}[{code.number}]: {code.message}",
            "```",
            "",
            code.explanation,
            "",
            "Wrong:",
            "",
            *_block(code.wrong.replace("…", shown)),
            "",
            "Right:",
            "",
            *_block(code.right),
            "",
        ]
    )


def _block(text: str) -> list[str]:
    return ["```", text.rstrip("\n"), "```"]
