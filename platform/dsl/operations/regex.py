"""Regular expressions in linear time (RE2). The only file that knows the library, imported when the first is used."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from treadle.dsl.operations.faults import EvaluationError, quote

LONGEST = 1_000  # characters of a pattern
_MEMORY = 2 << 20  # bytes that one compiled pattern and its automaton may take


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search with. Raises `EvaluationError` when RE2 cannot read it."""
    import re2

    if len(pattern) > LONGEST:
        raise EvaluationError("pattern", f"a pattern may have {LONGEST:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise EvaluationError("pattern", f"{quote(pattern)} is no pattern: {reason}") from None
