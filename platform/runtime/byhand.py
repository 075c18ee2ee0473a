"""Starting a rule as its button would, or a sequence. Owns what is said of one that cannot be started like this and of
arguments that do not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.dsl.spelling import suggest
from treadle.dsl.values import Value
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.plaindata import misfit
from treadle.runtime.ports import NewRun
from treadle.runtime.starting import run_of


class StartInvalid(Exception):
    """There is no such rule by hand or sequence, or the arguments do not fit it; the message says where."""


def started_by_hand(live: LiveRules, name: str, args: Mapping[str, Any]) -> NewRun:
    """A run of that rule; `args` are plain JSON data, a missing one is left out or null. Raises `StartInvalid`."""
    program = _program(live, name)
    return run_of(program, given(program, args), rehearse=live.rehearses(program.graph))


def given(program: Program, args: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a program's parameters out of plain JSON data. Raises `StartInvalid`."""
    name, params = program.graph.name, program.graph.params
    for each in args:
        if each not in params:
            raise StartInvalid(f'"{name}" takes no {each!r}; it takes {", ".join(params) or "nothing"}')
    for param in params:
        wanted = program.graph.names[param]
        if (wrong := misfit(args.get(param), wanted, program.graph.records)) is not None:
            raise StartInvalid(f'"{name}": {param} {wrong}')
    return {param: program.revived(param, args.get(param)) for param in params}


class SequenceUnknown(StartInvalid):
    """No live sequence has this name; the message names one that is near."""


def sequence_of(live: LiveRules, name: str) -> Program:
    """The live sequence of that name. Raises `StartInvalid`, for one that is not there `SequenceUnknown`."""
    program = live.sequence(name)
    if program is None:
        near = suggest(name, [each for kind, each in live.graphs() if kind == "sequence"])
        raise SequenceUnknown(f'there is no live sequence "{name}"' + (f'; did you mean "{near}"?' if near else ""))
    if program.graph.off:
        raise StartInvalid(f'the text of "{name}" says `off`; take that line out and publish it')
    return program


def _program(live: LiveRules, name: str) -> Program:
    rules = {each.graph.name: each for each in live.programs() if each.graph.by_hand and not each.graph.off}
    if name in rules and live.is_off(rules[name].graph):
        raise StartInvalid(f'"{name}" is switched off; `treadle rules on "{name}"` switches it on')
    if name in rules:
        return rules[name]
    near = suggest(name, rules)
    known = f'did you mean "{near}"?' if near else f"there are: {', '.join(map(repr, rules)) or 'none'}"
    raise StartInvalid(f'no live rule "{name}" is started by hand; {known}')
