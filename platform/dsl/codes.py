"""The register of diagnostic codes: what a code is, and the desk that makes a diagnostic from one.

Owns the shape of a code and the rule that a number is given once. The codes themselves stand by stage: `syntax_codes`
and `declaration_codes` (E1xx), `check_codes` (E2xx names, E3xx types, E4xx headers and steps, E70x to E74x tables,
agents, limits, calendars and tests, W), `cross_codes` (E76x, W76x), `limit_codes` (E6xx), `editing_codes` (E8xx).
E501 to E551 and E599 retired and are not given again. A code without an explanation or an example is refused when its
module is imported.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from string import Formatter

import msgspec

from treadle.dsl.diagnostics import Diagnostic, Fix, Severity
from treadle.dsl.spans import Span

_NUMBER = re.compile(r"[EW][0-9]{3}")
_MODULES = tuple(
    f"treadle.dsl.{stage}_codes" for stage in ("syntax", "declaration", "check", "cross", "limit", "editing")
)
_register: dict[str, Code] = {}


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be wrong. Constants of this class are named by what is wrong, never by the number.

    `message` is a template with named fields, one sentence without a final stop. `wrong` and `right` are whole files:
    the first gives this code, the second gives no error. `fill` is what `…` in `wrong` stands for and how often, for
    faults that are too long to show.
    """

    number: str
    summary: str
    message: str
    explanation: str
    wrong: str
    right: str
    fill: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise ValueError(f"{self.number!r} is no code: E or W and three digits")
        if self.number in _register:
            raise ValueError(f"{self.number} is taken: {_register[self.number].summary}")
        if empty := [name for name in self.__struct_fields__[:-1] if not getattr(self, name).strip()]:
            raise ValueError(f"{self.number} has no {empty[0]}")
        _register[self.number] = self

    @property
    def severity(self) -> Severity:
        """By the letter of the number."""
        return "error" if self.number.startswith("E") else "warning"

    @property
    def fields(self) -> frozenset[str]:
        """The names that the message template asks for."""
        return _fields(self.message)

    def example(self) -> str:
        """The wrong example in full length."""
        return self.wrong.replace("…", self.fill[0] * self.fill[1]) if self.fill else self.wrong

    def at(
        self, file: str, span: Span, /, *, notes: tuple[str, ...] = (), fixes: tuple[Fix, ...] = (), **fields: object
    ) -> Diagnostic:
        """A diagnostic of this code. Raises `TypeError` when `fields` are not those of the template."""
        if fields.keys() != self.fields:
            raise TypeError(f"{self.number} takes {sorted(self.fields)}, not {sorted(fields)}")
        message = self.message.format_map(fields)
        return Diagnostic(
            code=self.number, severity=self.severity, message=message, file=file, span=span, notes=notes, fixes=fixes
        )


@cache
def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def every() -> dict[str, Code]:
    """All codes of all stages by number, in order."""
    for module in _MODULES:
        importlib.import_module(module)
    return dict(sorted(_register.items()))
