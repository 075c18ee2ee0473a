"""The codes of what is wrong in a file that can be read: names (E2xx), types (E3xx), headers and steps (E4xx), tables,
agents, limits, calendars and tests (E7xx), warnings.

Importing this registers them all; the examples are whole files against the catalogue of the language's tests.
"""

from __future__ import annotations

from treadle.dsl import (
    clause_codes,
    flow_codes,
    member_codes,
    name_codes,
    step_codes,
    table_codes,
    trial_codes,
    type_codes,
)

__all__ = [
    "clause_codes",
    "flow_codes",
    "member_codes",
    "name_codes",
    "step_codes",
    "table_codes",
    "trial_codes",
    "type_codes",
]
