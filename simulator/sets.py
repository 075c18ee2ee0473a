"""Sets of rules made from numbers. Owns which steps, clauses and extras a set has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from random import Random

from simulator.extras.agents import AGENTS
from simulator.extras.catchup import CATCH_UP
from simulator.extras.during import DURING
from simulator.extras.hops import HOPS
from simulator.extras.limits import LIMITS
from simulator.extras.publish import PUBLISH
from simulator.extras.retries import RETRIES
from simulator.extras.shape import Extra
from simulator.extras.switches import SWITCHES
from simulator.extras.webhook import WEBHOOK
from simulator.rules import BLOCKS, CLAUSES, HEAD, LEAVES, SOMETIMES, Rules, Tree, Writer
from simulator.shop import plugin
from treadle.dsl import facade
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import Compiled
from treadle.dsl.graph import Graph
from treadle.runtime.host import PluginHost
from treadle.runtime.machine.program import Program

HOST = PluginHost.of([plugin])
VARIETY = 300
"""Sets of rules that there are; a seed plays one of them."""
EXTRAS: tuple[Extra, ...] = (AGENTS, WEBHOOK, LIMITS, DURING, SWITCHES, RETRIES, CATCH_UP, HOPS, PUBLISH)
"""All of them."""
_SHARE = 0.25
"""Of the sets that have an extra."""


@lru_cache(maxsize=VARIETY)
def rules_of(number: int) -> Rules:
    """The set of this number."""
    dice = Random(number)
    clause = dice.choice(sorted(CLAUSES))
    writer = Writer()
    text = HEAD.replace("{clause}", CLAUSES[clause])
    for name in ["A", "B"][: dice.choice([1, 1, 2])]:
        text += "\n".join(writer.rule(name, _trees(dice, dice.randint(2, 5), 0), dice)) + "\n\n"
    extras = tuple(each for each in EXTRAS if dice.random() < _SHARE)
    text += "".join(each.text(dice) for each in extras)
    compiled = _compiled(text, {})
    first: dict[tuple[str, str], Graph] = {(each.kind, each.name): each for each in compiled.partial}
    seconds = [_compiled(each.second(text), first) for each in extras if each.second]
    assert compiled.program is not None, "it has no errors"
    may = writer.may | SOMETIMES
    programs = tuple(Program(graph) for graph in compiled.program.graphs)
    return Rules(
        text=text, programs=programs, extras=extras, second=seconds[0] if seconds else None,
        limits=compiled.program.limits, events=compiled.program.events,
        must=frozenset(writer.must), may=frozenset(may), clause=clause,
    )  # fmt: skip


def _compiled(text: str, previous: Mapping[tuple[str, str], Graph]) -> Compiled:
    compiled = facade.compile_files({"a.rule": text}, Catalogue(plugins=HOST.specs), previous)
    assert not compiled.errors, (text, [(each.span.line, each.message) for each in compiled.errors])
    return compiled


def _trees(dice: Random, most: int, deep: int) -> list[Tree]:
    return [_tree(dice, deep) for _ in range(most)]


def _tree(dice: Random, deep: int) -> Tree:
    kind = dice.choice(BLOCKS) if deep < 2 and dice.random() < 0.4 else dice.choice(LEAVES)
    body = _trees(dice, dice.randint(1, 2), deep + 1) if kind in BLOCKS else []
    match kind:
        case "wait":
            return (kind, dice.choice([1, 3, 20]))
        case "try":
            return (kind, body, dice.choice(["", "fail", "refused"]), _trees(dice, 1, deep + 1))
        case "each":
            return (kind, dice.randint(1, 2), body)
        case "together":
            return (kind, [*body, _tree(dice, deep + 1)])
        case "if":
            return (kind, dice.random() < 0.5, body, _trees(dice, 1, deep + 1))
        case _:
            return (kind, body)
