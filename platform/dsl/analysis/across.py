"""The checks across rules: from the facts of all graphs to diagnostics.

Owns what is said and where. Facts are computed once a graph, so that this runs anew after every edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from treadle.dsl import cross_codes as codes
from treadle.dsl.analysis.conflicts import Conflict, conflicts
from treadle.dsl.analysis.facts import Dead, Facts
from treadle.dsl.analysis.loops import Loop, Restart, loops, restarts
from treadle.dsl.analysis.unreached import unreached
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.graph import Limit

_SHOWN = 6  # turns of a loop that a message tells


def check_across(facts: Sequence[Facts], limits: Sequence[Limit] = ()) -> list[Diagnostic]:
    """What is wrong between the rules and in their conditions; `facts` are those of all rules and sequences, `limits`
    those of the workspace.
    """
    rules = [each for each in facts if each.kind == "rule" and not each.off and not each.never]
    sequences = {each.name: each for each in facts if each.kind == "sequence"}
    found = [_dead(of, each) for of in facts for each in of.dead]
    found += [_loop(each) for each in loops(rules, sequences, limits)]
    found += [_restart(each) for each in restarts(sequences)]
    found += [_conflict(each) for each in conflicts(rules)]
    for rule, stopper in unreached(rules, sequences):
        found.append(codes.NEVER_FIRES.at(rule.file, rule.head, rule=rule.name, stopper=stopper.name))
    return found


def _dead(facts: Facts, dead: Dead) -> Diagnostic:
    match dead.what:
        case "where":
            beside = f" beside `{dead.beside[0]}`" if dead.beside else ""
            return codes.NEVER_HOLDS.at(facts.file, dead.span, text=dead.text, beside=beside)
        case "branch" if dead.text:
            why = f"`{dead.text}` can never hold here"
        case "branch":
            why = "its condition can never hold here"
        case _:
            why = "one of the branches before it always is"
    return codes.NEVER_TAKEN.at(facts.file, dead.span, why=why)


def _loop(loop: Loop) -> Diagnostic:
    first = loop.turns[0].rule
    fired = [turn.rule.name for turn in loop.turns[1:]] + [first.name]
    told = [
        f'{turn.outcome.words}, which fires "{name}"' for turn, name in zip(loop.turns[:_SHOWN], fired, strict=False)
    ]
    path = f'"{first.name}" ' + ", which ".join(told) + _more(len(fired))
    code = codes.LOOP if loop.must else codes.MAY_LOOP
    notes = _places(turn.rule for turn in loop.turns[1:])
    return code.at(first.file, loop.turns[0].outcome.span, notes=notes, path=path)


def _restart(restart: Restart) -> Diagnostic:
    first, start = restart.turns[0]
    told = [f'starts "{start.sequence}"' for _, start in restart.turns[:_SHOWN]]
    path = f'"{first.name}" ' + ", which ".join(told) + _more(len(restart.turns))
    code = codes.LOOP if restart.must else codes.MAY_LOOP
    return code.at(first.file, start.span, notes=_places(facts for facts, _ in restart.turns[1:]), path=path)


def _more(count: int) -> str:
    return f", and so on through {count - _SHOWN} more" if count > _SHOWN else ""


def _conflict(found: Conflict) -> Diagnostic:
    first, second = found.first, found.second
    notes = (
        f'"{first.name}" {found.one.words} ({first.file}, line {found.one.span.line})',
        f'"{second.name}" {found.two.words}',
    )
    span, field = found.two.span, found.two.field
    return codes.CONFLICT.at(second.file, span, notes=notes, first=first.name, second=second.name, field=field)


def _places(others: Iterable[Facts]) -> tuple[str, ...]:
    return tuple(f'"{each.name}" stands in {each.file}, line {each.head.line}' for each in list(others)[:_SHOWN])
