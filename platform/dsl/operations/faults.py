"""What can go wrong while an expression is computed. Owns the exceptions and how a value is quoted in one."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.values import Value

FaultCode = Literal["missing", "mismatch", "conversion", "arithmetic", "zone", "pattern", "name", "limit"]

_QUOTED = 60  # characters of a value that a message shows


class EvaluationError(Exception):
    """An expression has no value. `code` is stable, `message` one sentence that names the value; the step fails."""

    def __init__(self, code: FaultCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LimitExceeded(EvaluationError):
    """An expression wanted more steps, text, items, digits or depth than one may have."""

    def __init__(self, message: str) -> None:
        super().__init__("limit", message)


def quote(value: Value) -> str:
    """The value as the language would write it, cut to a readable length."""
    match value:
        case None:
            return "missing"
        case str():
            shown = value if len(value) <= _QUOTED else value[:_QUOTED] + "…"
            return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "{" + ", ".join(str(key) for key in list(value)[:5]) + (", …}" if len(value) > 5 else "}")
        case _:
            from treadle.dsl.operations.text_form import text_form

            return text_form(value)
