"""Reads a line by lark's tables without lark's own loop, which takes two thirds of the time of reading.

Owns speed and nothing else: same tables, same lexers, same callbacks. A line that it cannot read is read again by lark,
which then says where and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lark.parse_tree_builder import ExpandSingleChild
from lark.parsers.lalr_analysis import Shift

_END = "$END"
_TEXTS = frozenset(("TEXT_PART", "TRIPLE_PART"))
# The state to go to (int), or a reduction: what builds (None: nothing changes), of how many children, which rule.
_Action = Any


class Stuck(Exception):
    """The line does not fit the grammar, or has a token that cannot be."""


class Sign(str):
    """A token: its text, its kind, and where it begins and ends in the line. What builders use of lark's own."""

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int


class Driver:
    """The tables of one `lark.Lark` (LALR, contextual lexer, embedded transformer) laid out for a tight loop."""

    def __init__(self, parser: Any) -> None:
        machine, lexer = parser.parser.parser, parser.parser.lexer
        table = machine._parse_table
        callbacks = machine.parser.callbacks
        actions: dict[Any, _Action] = {}
        self._starts, self._ends = table.start_states, table.end_states
        self._states: dict[int, dict[str, _Action]] = {
            state: {kind: _action(does, of, callbacks, actions) for kind, (does, of) in entries.items()}
            for state, entries in table.states.items()
        }
        ignored = [each for each in lexer.root_lexer.terminals if each.name in lexer.root_lexer.ignore_types]
        blank = f"(?:{'|'.join(each.pattern.to_regexp() for each in ignored)})*+"
        self._only_blank = re.compile(blank).fullmatch
        self._matchers = _Matchers(lexer.lexers, blank)
        self._passages: dict[tuple[int, int, str], int] = {}

    def read(self, code: str, start: str) -> Any:
        """What the callbacks make of the line. Raises `Stuck`, and whatever a callback raises."""
        states, matchers, state, last = self._states, self._matchers, self._starts[start], self._ends[start]
        stack, values, at = [state], list[Any](), 0
        while True:
            found = matchers[state](code, at)
            sign = _sign(found) if found is not None else self._end(code, at)
            kind = sign.type
            while (action := states[state].get(kind)).__class__ is tuple:
                build, size, rule = action
                if build is None:
                    state = stack[-1] = self._through(stack[-2], state, kind)
                    if state == last and kind is _END:
                        return values[-1]
                    continue
                children = values[-size:] if size else []
                if size:
                    del values[-size:], stack[-size:]
                values.append(build(children))
                state = states[stack[-1]][rule]
                stack.append(state)
                if state == last and kind is _END:
                    return values[-1]
            if action is None:
                raise Stuck
            state, at = action, sign.end_pos
            stack.append(state)
            values.append(sign)

    def _end(self, code: str, at: int) -> Sign:
        """The token at a place where no other is. Raises `Stuck` when something stands there."""
        end = len(code)
        if not self._only_blank(code, at):
            raise Stuck
        sign = Sign()
        sign.type, sign.start_pos, sign.end_pos = _END, end, end
        return sign

    def _through(self, below: int, state: int, kind: str) -> int:
        """The state after all reductions that change nothing: a number goes through ten rules before it is a sum."""
        key = (below, state, kind)
        found = self._passages.get(key)
        if found is None:
            found, action = state, self._states[state].get(kind)
            while action.__class__ is tuple and action[0] is None:
                found = self._states[below][action[2]]
                action = self._states[found].get(kind)
            self._passages[key] = found
        return found


def _action(kind: Any, arg: Any, callbacks: Any, known: dict[Any, _Action]) -> _Action:
    if kind is Shift:
        return arg
    if arg not in known:
        build = callbacks[arg]
        passes = len(arg.expansion) == 1 and isinstance(build, ExpandSingleChild)
        known[arg] = (None if passes else build, len(arg.expansion), arg.origin.name)
    return known[arg]


def _sign(found: re.Match[str]) -> Sign:
    at = found.lastindex or 0  # the group of the terminal is closed last; what is skipped before it stands in none
    sign = Sign(found[at])
    sign.type = str(found.lastgroup)
    sign.start_pos, sign.end_pos = found.span(at)
    return sign


class _Matchers(dict[int, Callable[[str, int], re.Match[str] | None]]):
    """For each state the pattern of its lexer with what is skipped before it. Made when first asked for: there are
    hundreds, and a file needs few.
    """

    def __init__(self, lexers: Mapping[int, Any], blank: str) -> None:
        self._lexers, self._blank = lexers, blank

    def __missing__(self, state: int) -> Callable[[str, int], re.Match[str] | None]:
        lexer = self._lexers[state]
        terminals = "|".join(f"(?P<{each.name}>{each.pattern.to_regexp()})" for each in lexer.terminals)
        # Where text stands, blanks are part of it; elsewhere no terminal begins with one.
        blank = self._blank if _TEXTS.isdisjoint(each.name for each in lexer.terminals) else ""
        found = self[state] = re.compile(f"{blank}(?:{terminals})", lexer.g_regex_flags).match
        return found
