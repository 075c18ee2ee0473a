"""A `test` block as execution sees it: checked, names resolved, plain data. Owns the shapes; the runtime plays them.

Values of `given`, `mock` and `expect` are expressions over the constants and functions of the file alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.expressions import Expr, Function
from treadle.dsl.spans import Span


class At(msgspec.Struct, frozen=True, tag="at"):
    """Set the clock: `moment` as `2026-11-23T10:00:00` in `zone` (an IANA name)."""

    span: Span
    moment: str
    zone: str


class After(msgspec.Struct, frozen=True, tag="after"):
    """Move the clock by so many seconds; what falls due on the way runs at its time."""

    span: Span
    seconds: float


class Given(msgspec.Struct, frozen=True, tag="given"):
    """An event comes in. `trigger` is its full name (`kommo.lead_created`, `event.order_ready`, `webhook.signup`);
    `rule` is given instead for a rule that is started by hand. Fields that are left out were filled before.
    """

    span: Span
    data: Expr
    trigger: str | None = None
    connection: str | None = None
    args: dict[str, Expr] = {}
    rule: str | None = None


class Mock(msgspec.Struct, frozen=True, tag="mock"):
    """What a call answers from here on. `target` is `plugin.action`, `ask AGENT` or `approve`.

    With `args`, only calls whose arguments have these values; for an approval `question` narrows in the same way.
    `connection` is that of an action; `types` are those, as shown, that the answer of an agent can have.
    """

    span: Span
    target: str
    outcome: Literal["returns", "fails", "unknown"]
    args: dict[str, Expr] = {}
    question: str | None = None
    value: Expr | None = None
    code: str | None = None
    connection: str | None = None
    types: tuple[str, ...] = ()


class Expect(msgspec.Struct, frozen=True, tag="expect"):
    """What must have happened, later than what the expectation before met.

    `what` says which of the others count: `action` (`target` is `plugin.action`, `args`), `start` (`target` is the
    sequence, `args`), `emit` (`target` is the event, `args` its data), `log` and `fail` (`text`), `nothing`,
    `nothing more`. `connection` is that of an action.
    """

    span: Span
    what: Literal["action", "start", "emit", "log", "fail", "nothing", "nothing more"]
    target: str | None = None
    args: dict[str, Expr] = {}
    text: Expr | None = None
    connection: str | None = None


Line = At | After | Given | Mock | Expect


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One `test`: the rules it runs are those of `file`, with what they use.

    `uses` are the names that the file gives to plugins: `db` for (`supabase`, None), the default connection.
    """

    name: str
    file: str
    span: Span
    lines: tuple[Line, ...]
    functions: dict[str, Function] = {}
    zone: str = "UTC"
    uses: dict[str, tuple[str, str | None]] = {}
