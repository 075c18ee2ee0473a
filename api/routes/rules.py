"""`/rules`: which rules are live, and switching one on, off or to rehearse."""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from treadle.api.pages import Page
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine, RuleUnknown, SaysOtherwise, Switched
from treadle.runtime.services import declared, rules
from treadle.runtime.services.declared import RuleListed


class RulePage(Page[RuleListed], frozen=True):
    """Rules; there is one page."""


@get("/", summary="Live rules, as their files have them")
async def list_rules(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> RulePage:
    """Each rule with its state, what its text says, what somebody switched it to, its webhooks and its next firing, and
    how its runs of the last 24 hours ended.
    """
    return RulePage(await declared.rules(engine, who), None)


@post("/{name:str}/on", status_code=200, summary="Switch a rule on", codes=("rule_says_otherwise", "rule_unknown"))
async def switch_on(engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]) -> Switched:
    """As its text says again. Schedules count from now: what was missed while it was off is not made up for."""
    return await _switch(engine, who, name, "on")


@post("/{name:str}/off", status_code=200, summary="Switch a rule off", codes=("rule_says_otherwise", "rule_unknown"))
async def switch_off(engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]) -> Switched:
    """Nothing starts it any more. Its runs that are queued or asleep end at once as stopped (`rule_off`), those at work
    before their next step.
    """
    return await _switch(engine, who, name, "off")


@post(
    "/{name:str}/rehearse",
    status_code=200,
    summary="Let a rule rehearse",
    codes=("rule_says_otherwise", "rule_unknown"),
)
async def switch_to_rehearse(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> Switched:
    """New runs record their effects and send none. Runs that are there go on as they began."""
    return await _switch(engine, who, name, "rehearse")


async def _switch(engine: Engine, who: Principal, name: str, to: Literal["on", "off", "rehearse"]) -> Switched:
    try:
        return await rules.switched(engine, who, (name, unquote(name)), to)
    except RuleUnknown as unknown:
        raise Refused("rule_unknown", f"{unknown}.") from None
    except SaysOtherwise as otherwise:
        raise Refused("rule_says_otherwise", f"{otherwise}.") from None


router = Router("/rules", route_handlers=[list_rules, switch_on, switch_off, switch_to_rehearse], tags=["Rules"])
