"""One event against all rules of its trigger, beside zen-engine with the same rules and the same leads in one run.

The rules are those of `rule_mix`. Ours are conditions as the compiler lowers them, in the index that the running
platform asks; zen-engine's are what `peer_zen` makes of them, in whichever of its two forms is faster at that number of
rules. Both must give the same rules for the same lead before anything is timed. Timed is the processor time of this
process, so that what else runs on the machine counts little; batches of both sides alternate, the garbage collector is
off, and of each batch the fastest round counts, both as in `timeit`: what others do to the caches only adds.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise, product

import msgspec

from bench import peer_zen
from bench.figures import Figure, figure
from bench.processes import HarnessError
from bench.rule_mix import Lead, Rule, Term, leads, rules
from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import compile_expr
from treadle.dsl.evaluator.compilation import Evaluation
from treadle.dsl.evaluator.matching import Where
from treadle.dsl.graph import Condition, Graph
from treadle.dsl.indexing import Prepared, RuleIndex, prepare
from treadle.dsl.spans import NOWHERE

SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
EDITED = 1_000  # rules, of which one is edited
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_LEADS = 2_000
_COMPARED = 40
_LONGEST_ARRAY = 10_000  # rules: there the table is ten times faster already, and an array takes long to load
_BATCH_S = 0.02
_BATCHES = 5
_LEAST = 3  # leads of a batch, however long one takes

Match = Callable[[Lead], list[int]]


class Size(msgspec.Struct, frozen=True):
    """One line of the table: microseconds an event, and how many rules fire at one."""

    rules: int
    ours: float
    zen: float
    form: str
    fired: float


def measure(sizes: Sequence[int] = SIZES, rounds: int = 15) -> list[Figure]:
    """The figures of all sizes, with a table printed on the way. Raises HarnessError when the two sides disagree."""
    everything = rules(max(sizes))
    met = leads(_LEADS)
    found = []
    for size in sizes:
        found.append(_size(everything[:size], met, rounds))
        print(_line(found[-1]), flush=True)
    return [*_figures(found), *([_rebuild(everything[:EDITED], rounds)] if max(sizes) >= EDITED else [])]


def _size(some: list[Rule], met: list[Lead], rounds: int) -> Size:
    ours = _ours(some)
    form, zen = _faster(some, ours, met)
    fired = statistics.mean(len(ours(lead)) for lead in met)
    times = _timed({"ours": ours, "zen": zen}, met, rounds)
    return Size(len(some), times["ours"], times["zen"], form, fired)


def _ours(some: Sequence[Rule]) -> Match:
    index = _index([_prepared(rule) for rule in some])
    return lambda lead: index.decide(lead, NOW)


def _faster(some: list[Rule], ours: Match, met: list[Lead]) -> tuple[str, Match]:
    """The faster form of zen-engine; each that is tried must agree with ours."""
    cost: dict[str, tuple[float, Match]] = {}
    forms = {"array": peer_zen.array, "table": peer_zen.table}
    for name, make in forms.items():
        if name == "array" and len(some) > _LONGEST_ARRAY:
            continue
        match = make(some)
        few = met[: max(_LEAST, min(_COMPARED, 200_000 // len(some)))]
        for lead in few:
            if match(lead) != ours(lead):
                raise HarnessError(f"zen-engine's {name} fires {match(lead)} at {lead}, the index {ours(lead)}")
        cost[name] = _spent(match, few), match
    name = min(cost, key=lambda each: cost[each][0])
    return name, cost[name][1]


def _timed(sides: dict[str, Match], met: list[Lead], rounds: int) -> dict[str, float]:
    """Microseconds an event of each side: the mean of a few batches, each as fast as it went in any round."""
    counts = {}
    for name, match in sides.items():
        a_lead = _spent(match, met[:_COMPARED]) / _COMPARED  # every set that the leads need is made by now, or here
        counts[name] = max(_LEAST, min(int(_BATCH_S / max(a_lead, 1e-9)), len(met) // _BATCHES))
    taken = {name: [math.inf] * _BATCHES for name in sides}
    gc.collect()
    gc.disable()
    try:
        for _, number in product(range(rounds), range(_BATCHES)):
            for name, match in sides.items():
                start = number * counts[name]
                spent = _spent(match, met[start : start + counts[name]]) / counts[name]
                taken[name][number] = min(taken[name][number], spent)
    finally:
        gc.enable()
    return {name: statistics.mean(many) * 1e6 for name, many in taken.items()}


def _spent(match: Match, batch: Iterable[Lead]) -> float:
    began = time.process_time()
    for lead in batch:
        match(lead)
    return time.process_time() - began


def _rebuild(some: Sequence[Rule], rounds: int) -> Figure:
    """One rule is edited: it is prepared, and the index is built again and asked once."""
    prepared = [_prepared(rule) for rule in some]
    (lead,) = leads(1)
    taken = []
    gc.collect()
    gc.disable()
    for number in range(rounds):
        edited = some[number]
        began = time.process_time()
        prepared[number] = _prepared(edited)
        _index(prepared).decide(lead, NOW)
        taken.append(time.process_time() - began)
    gc.enable()
    return figure(f"matching.rebuild_ms_at_{EDITED}", min(taken) * 1000, "ms")


# --- rules as the compiler lowers them ------------------------------------------------------------------------------


def _index(prepared: Sequence[Prepared]) -> RuleIndex[int]:
    return RuleIndex(prepared, range(len(prepared)))


def _prepared(rule: Rule) -> Prepared:
    terms = [_compiled(term) for term in rule]
    conditions = tuple(condition for condition, _ in terms)
    graph = Graph(kind="rule", name="R", file="r.rule", span=NOWHERE, where=conditions, entry=None, nodes={})
    return prepare(graph, Where(terms), "lead")


@cache
def _compiled(term: Term) -> tuple[Condition, Evaluation]:
    test = _test(term)
    return Condition(test, f"lead.{term.field} {term.sign} {term.value}", NOWHERE), compile_expr(test)


def _test(term: Term) -> ex.Expr:
    path = ex.Get(ex.Var("lead"), term.field)
    match term.sign:
        case "set" | "unset":
            return ex.IsSet(path, negated=term.sign == "unset")
        case "in":
            return ex.Binary("in", path, ex.MakeList(tuple(map(_literal, term.value))))
        case sign:
            return ex.Binary(sign, path, _literal(term.value))


def _literal(value: str | int) -> ex.Lit:
    return ex.Lit(value, "text" if isinstance(value, str) else "int")


# --- figures --------------------------------------------------------------------------------------------------------


def _line(size: Size) -> str:
    return (
        f"  {size.rules:>7,} rules  {size.fired:>6.1f} fire  ours {size.ours:>8.1f} us  "
        f"zen {size.zen:>8.1f} us ({size.form})  {size.zen / size.ours:>5.1f} times"
    )


def _figures(found: Sequence[Size]) -> list[Figure]:
    growth = [after.ours / before.ours for before, after in pairwise(found)]
    return [
        *(figure(f"matching.us_at_{each.rules}", each.ours, "us") for each in found),
        *(figure(f"matching.zen_us_at_{each.rules}", each.zen, "us") for each in found),
        *(figure(f"matching.vs_zen_at_{each.rules}", each.zen / each.ours, "times") for each in found),
        figure("matching.growth", max(growth, default=None), "times"),
    ]
