"""As much of a TextMate tokenizer as the grammar of rule files needs: matches, begin and end, captures, line by line.

Editors do it with Oniguruma; the grammar keeps to what Python's own expressions know as well.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

GRAMMAR = Path(__file__).parents[2] / "editors" / "vscode" / "syntaxes" / "treadle.tmLanguage.json"


class Token(NamedTuple):
    """A stretch of one line (from 0) and its scopes, outermost first."""

    line: int
    start: int
    end: int
    text: str
    scopes: tuple[str, ...]


class _Open(NamedTuple):
    """A rule that has begun; `None` is the grammar itself."""

    rule: dict[str, Any] | None
    scopes: tuple[str, ...]


def tokens(text: str) -> list[Token]:
    """The tokens of a text; blanks without a scope of their own are left out."""
    return _Tokenizer().run(text)


@cache
def grammar() -> dict[str, Any]:
    """The grammar as JSON."""
    found: dict[str, Any] = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    return found


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _rules(patterns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The patterns with what they include put in their place."""
    found: list[dict[str, Any]] = []
    for each in patterns:
        if "include" in each:
            included = grammar()["repository"][each["include"].removeprefix("#")]
            found += [included] if "match" in included or "begin" in included else _rules(included["patterns"])
        else:
            found.append(each)
    return found


class _Tokenizer:
    def __init__(self) -> None:
        self.stack = [_Open(None, (grammar()["scopeName"],))]
        self.found: list[Token] = []
        self.number = 0

    def run(self, text: str) -> list[Token]:
        for self.number, line in enumerate(text.split("\n")):
            self._line(line)
        return self.found

    def _line(self, line: str) -> None:
        at, stuck = 0, 0
        while at <= len(line):
            rule, match = self._next(line, at)
            if match is None:
                self._take(line, at, len(line), self.stack[-1].scopes)
                return
            self._take(line, at, match.start(), self.stack[-1].scopes)
            self._enter(line, rule, match)
            stuck = stuck + 1 if match.end() == at else 0
            at = match.end()
            if at == len(line) and stuck > 2:
                return

    def _next(self, line: str, at: int) -> tuple[dict[str, Any] | None, re.Match[str] | None]:
        """The rule that matches first, of several the one that is listed first; None for the end of the open one."""
        top = self.stack[-1].rule
        best: tuple[dict[str, Any] | None, re.Match[str] | None] = (None, None)
        if top is not None:
            best = (None, _compiled(top["end"]).search(line, at))
        for rule in _rules(top.get("patterns", []) if top is not None else grammar()["patterns"]):
            match = _compiled(rule.get("match") or rule["begin"]).search(line, at)
            if match and match.end() > match.start() and (best[1] is None or match.start() < best[1].start()):
                best = (rule, match)
        return best

    def _enter(self, line: str, rule: dict[str, Any] | None, match: re.Match[str]) -> None:
        if rule is None:
            closed = self.stack.pop()
            captures = closed.rule.get("endCaptures", {}) if closed.rule else {}
            self._captured(line, match, closed.scopes, captures)
        elif "match" in rule:
            scopes = self.stack[-1].scopes
            named = (*scopes, rule["name"]) if "name" in rule else scopes
            self._captured(line, match, named, rule.get("captures", {}))
        else:
            scopes = self.stack[-1].scopes
            inner = (*scopes, rule["name"]) if "name" in rule else scopes
            self._captured(line, match, inner, rule.get("beginCaptures", {}))
            self.stack.append(_Open(rule, inner))

    def _captured(self, line: str, match: re.Match[str], scopes: tuple[str, ...], captures: dict[str, Any]) -> None:
        at = match.start()
        for group in sorted(int(each) for each in captures):
            if match.group(group):
                start, end = match.span(group)
                self._take(line, at, start, scopes)
                self._take(line, start, end, (*scopes, captures[str(group)]["name"]))
                at = end
        self._take(line, at, match.end(), scopes)

    def _take(self, line: str, start: int, end: int, scopes: tuple[str, ...]) -> None:
        if line[start:end].strip():
            self.found.append(Token(self.number, start, end, line[start:end], scopes))
