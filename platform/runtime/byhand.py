"""Starting a rule as its button would. Owns what is said of a rule that has none and of arguments that do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.dsl.spelling import suggest
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.plaindata import misfit
from treadle.runtime.ports import NewRun
from treadle.runtime.starting import run_of


class StartInvalid(Exception):
    """There is no such rule by hand, or the arguments do not fit it; the message says where."""


def started_by_hand(live: LiveRules, name: str, args: Mapping[str, Any]) -> NewRun:
    """A run of that rule; `args` are plain JSON data, a missing one is left out or null. Raises `StartInvalid`."""
    program = _program(live, name)
    params = program.graph.params
    for given in args:
        if given not in params:
            raise StartInvalid(f'"{name}" takes no {given!r}; it takes {", ".join(params) or "nothing"}')
    for param in params:
        wanted = program.graph.names[param]
        if (wrong := misfit(args.get(param), wanted, program.graph.records)) is not None:
            raise StartInvalid(f'"{name}": {param} {wrong}')
    revived = {param: program.revived(param, args.get(param)) for param in params}
    return run_of(program, revived, rehearse=live.rehearses(program.graph))


def _program(live: LiveRules, name: str) -> Program:
    rules = {each.graph.name: each for each in live.programs() if each.graph.by_hand and not each.graph.off}
    if name in rules and live.is_off(rules[name].graph):
        raise StartInvalid(f'"{name}" is switched off; `treadle rules on "{name}"` switches it on')
    if name in rules:
        return rules[name]
    near = suggest(name, rules)
    known = f'did you mean "{near}"?' if near else f"there are: {', '.join(map(repr, rules)) or 'none'}"
    raise StartInvalid(f'no live rule "{name}" is started by hand; {known}')
