"""The page of one diagnostic code, as Markdown: for the reference and `treadle check --why`. Owns its form alone."""

from __future__ import annotations

from treadle.dsl.codes import Code

_REPEATED = "{text}  (… {times:,} times)"


def code_page(code: Code) -> str:
    """What the code says and why, a wrong and a right example."""
    shown = _shown(*code.fill) if code.fill else ""
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


def _shown(text: str, times: int) -> str:
    line = text.rstrip("\n").encode(errors="backslashreplace").decode()
    return _REPEATED.format(text=line, times=times) if times > 1 else line


def _block(text: str) -> list[str]:
    return ["```", text.rstrip("\n"), "```"]
