"""The codes of what is wrong in a file that can be read: names (E2xx), types (E3xx), steps (E4xx), warnings (W).

Importing this registers them all; the examples are whole files against the catalogue of the language's tests.
"""

from __future__ import annotations

from treadle.dsl import name_codes, step_codes, type_codes

__all__ = ["name_codes", "step_codes", "type_codes"]
