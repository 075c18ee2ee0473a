"""The live rules: who may look at them and who may switch them."""

from __future__ import annotations

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine, RuleView, Switched
from treadle.runtime.switching import State


async def listed(engine: Engine, who: Principal) -> list[RuleView]:
    """The live rules, as their files have them. Raises `Forbidden`."""
    who.require("read")
    return await engine.rules()


async def switched(engine: Engine, who: Principal, name: str, to: State) -> Switched:
    """Switch a live rule on, off or to rehearse. Raises `Forbidden`, `RuleUnknown` and `SaysOtherwise`."""
    who.require("operate")
    return await engine.switch_rule(name, to)
