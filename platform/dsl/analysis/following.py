"""The events that a rule causes, also through the sequences that it starts, as if their steps were its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from treadle.dsl.analysis.boxes import ANY, root
from treadle.dsl.analysis.effects import renamed
from treadle.dsl.analysis.facts import Argument, Facts, Outcome, Started, few_of, known_of

_DEEP = 8  # sequences started by sequences that are followed
_MOST = 200  # events caused by one rule with its sequences that are followed


def reached(rule: Facts, sequences: Mapping[str, Facts]) -> Sequence[Outcome]:
    """All events that a rule causes, also through the sequences that it starts, as seen from the rule."""
    return tuple(islice(_followed(rule, sequences, frozenset()), _MOST)) if rule.starts else rule.outcomes


def _followed(facts: Facts, sequences: Mapping[str, Facts], seen: frozenset[str]) -> Iterator[Outcome]:
    yield from facts.outcomes
    for start in facts.starts:
        target = sequences.get(start.sequence)
        if target is None or target.off or target.mute or start.sequence in seen or len(seen) == _DEEP:
            continue
        for outcome in _followed(target, sequences, seen | {start.sequence}):
            yield _put_in(outcome, start, target)


def _put_in(outcome: Outcome, start: Started, target: Facts) -> Outcome:
    """What a sequence causes when it is started with these arguments, as seen from the step that starts it."""
    carried = {field: _argument(value, start) for field, value in outcome.carried.items()}
    known = known_of(carried)
    return msgspec.structs.replace(
        outcome,
        carried=carried,
        known=known,
        few=few_of(known),
        certain=outcome.certain and start.certain and not target.held,
        words=f'starts "{start.sequence}", which {outcome.words}',
        span=start.span,
    )


def _argument(value: Argument, start: Started) -> Argument:
    name = root(value.path) if value.path else None
    return renamed(value.path, start.args[name], ANY) if value.path and name in start.args else value
