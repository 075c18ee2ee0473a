"""The live rules: who may look at them and who may switch them."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine, RuleView, Switched
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.switching import State, switch


async def listed(engine: Engine, who: Principal) -> list[RuleView]:
    """The live rules, as their files have them. Raises `Forbidden`."""
    who.require("read")
    return await engine.rules()


async def switched(engine: Engine, who: Principal, names: Sequence[str], to: State) -> Switched:
    """Switch the live rule that has the first of these names which a rule has, on, off or to rehearse. Raises
    `Forbidden`, `RuleUnknown` and `SaysOtherwise`.
    """
    who.require("operate")
    live = {each.name for each in await engine.rules()}
    name = next((each for each in names if each in live), names[-1])
    told = Told("rule.switched", name, {"to": to})
    await audited(engine, who, lambda: switch(engine.store, engine.live, name, to), lambda _: told)
    return await engine.switched(name, to)
