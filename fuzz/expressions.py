"""Expressions of every type, made at random but fitting. Owns the dice and what a file has declared so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
Scope = dict[str, str]
"""Types by name: `int`, `number`, `text`, `bool`, `duration`, `datetime`, `[text]`, `[int]`, `text?`, `int?`, `lead`,
`contact`, `json`.
"""

WORDS = ("gold", "Site", "Ana", "nurture", "x", "ünï", "日本", "🙂", "a b", "")
COMMENTS = ("# why", "# if this then that", "#", '# "quoted" {and} more', "# ünï 🙂")
_FIELDS = {
    "lead": {"id": "int", "name": "text", "price": "number", "updated_at": "datetime", "tags": "[text]",
             "source": "text?", "main_contact_id": "int?"},
    "contact": {"id": "int", "first_name": "text?", "phone": "text?"},
}  # fmt: skip


class Expressions:
    """One file in the making: its dice, what it has declared so far, and expressions over that."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.count = 0
        self.lets: Scope = {}
        self.functions: list[tuple[str, list[str], str]] = []
        self.events: list[str] = []
        self.agents: list[str] = []
        self.calendars: list[str] = []
        self.rules: list[str] = []
        self.sequences: list[tuple[str, bool]] = []

    def pick(self, items: Sequence[T]) -> T:
        return self.dice.choice(items)

    def odds(self, chance: float) -> bool:
        return self.dice.random() < chance

    def some(self, chance: float, text: str) -> str:
        return text if self.odds(chance) else ""

    def fresh(self, stem: str) -> str:
        """A name that is given once."""
        self.count += 1
        return f"{stem}{self.count}"

    def span(self) -> str:
        return f"{self.dice.randint(1, 50)} {self.pick(('s', 'min', 'hours', 'days', 'seconds', 'h'))}"

    def expr(self, type: str, scope: Scope, depth: int = 3) -> str:
        """An expression of a type."""
        ways: list[Callable[[str, Scope, int], str]] = [self._plain, self._named, self._named]
        if depth > 0:
            ways += [_MADE.get(type, Expressions._plain).__get__(self)] * 3
            ways += [self._chosen, self._grouped] if self.odds(0.2) else []
        return self.pick(ways)(type, scope, depth - 1)

    def _plain(self, type: str, scope: Scope, depth: int = 0) -> str:
        match type:
            case "int":
                return str(self.dice.randint(0, 5000))
            case "number":
                return self.pick(("0.5", "10", "1.25", "0", "99.99"))
            case "text":
                return f'"{self.pick(WORDS)}"'
            case "bool":
                return self.pick(("true", "false"))
            case "duration":
                return self.span()
            case "datetime":
                return self.pick(("now", f"now + {self.span()}", "now - 2 days", "now + 1 business day"))
            case "[text]":
                return f"[{', '.join(self._plain('text', scope) for _ in range(self.dice.randint(1, 3)))}]"
            case "[int]":
                return f"[{', '.join(self._plain('int', scope) for _ in range(self.dice.randint(1, 4)))}]"
            case _:
                return f"json({{a: {self.expr('int', scope, 0)}, b: [1, {self.expr('int', scope, 0)}]}})"

    def _named(self, type: str, scope: Scope, depth: int = 0) -> str:
        """A name of the type, or a field of one that has such a field."""
        known = {**self.lets, **scope}
        found = [name for name, of in known.items() if of == type]
        for name, of in known.items():
            found += [f"{name}.{field}" for field, is_ in _FIELDS.get(of, {}).items() if is_ == type]
        if type in ("text", "int"):
            plain = self._plain(type, scope)
            for name, of in known.items():
                maybe = [f"{name}.{field}" for field, is_ in _FIELDS.get(of, {}).items() if is_ == f"{type}?"]
                found += [f"({each} ?? {plain})" for each in [*maybe, *([name] if of == f"{type}?" else [])]]
        return self.pick(found) if found else self._plain(type, scope)

    def _chosen(self, type: str, scope: Scope, depth: int) -> str:
        one, other = self.expr(type, scope, depth), self.expr(type, scope, depth)
        return f"({one} if {self.expr('bool', scope, depth)} else {other})"

    def _grouped(self, type: str, scope: Scope, depth: int) -> str:
        return f"({self.expr(type, scope, depth)})"

    def _called(self, type: str, scope: Scope, depth: int) -> str | None:
        fitting = [each for each in self.functions if each[2] == type]
        if not fitting:
            return None
        name, params, _ = self.pick(fitting)
        return f"{name}({', '.join(self.expr(each, scope, min(depth, 1)) for each in params)})"

    def _int(self, type: str, scope: Scope, depth: int) -> str:
        def of(kind: str) -> str:
            return self.expr(kind, scope, depth)

        ways = (
            f"({of('int')} {self.pick('+-*')} {of('int')})", f"round({of('number')})", f"count({of('[text]')})",
            f"length({of('text')})", f"{of('text')}.length()", f"(-{of('int')})", f"abs({of('int')})",
            f"({of('[int]')}[0] ?? {of('int')})", f"(max({of('[int]')}) ?? 0)",
            f"count({of('[int]')}, it{self.count} => it{self.count} > {self.dice.randint(0, 9)})",
        )  # fmt: skip
        return self._called(type, scope, depth) or self.pick(ways)

    def _number(self, type: str, scope: Scope, depth: int) -> str:
        one, other = self.expr("number", scope, depth), self.expr("int", scope, depth)
        plain = (f"({one} + {other})", f"{one} * {self.dice.randint(2, 9)} / 100", f"({one} - {other})", f"abs({one})")
        return self._called(type, scope, depth) or self.pick(plain)

    def _text(self, type: str, scope: Scope, depth: int) -> str:
        one, other = self.expr("text", scope, depth), self.expr("text", scope, depth)
        ways = (
            f'"{self.pick(WORDS)} {{{one}}}"', f'"{{{one}}}, {{{self.expr("number", scope, depth)}}} \\{{ \\" \\n"',
            f"{one}.lower()", f"trim({one})", f'replace({one}, "a", {other})', f"slice({one}, 0, 3)",
            f'join({self.expr("[text]", scope, depth)}, ", ")',
            f"upper({one})", f"({one} + {other})", f"text({self.expr('int', scope, depth)})",
            f'{self.expr("datetime", scope, 0)}.format("d MMM")' if depth < 0 else f"({one})",
        )  # fmt: skip
        return self._called(type, scope, depth) or self.pick(ways)

    def _bool(self, type: str, scope: Scope, depth: int) -> str:
        def of(kind: str) -> str:
            return self.expr(kind, scope, depth)

        item = self.fresh("t")
        inner = {**scope, item: "text"}
        ways = (
            f"({of('number')} {self.pick(('>', '>=', '<', '<=', '==', '!='))} {of('number')})",
            f"({of('text')} {self.pick(('==', '!=', 'contains', 'starts with', 'ends with'))} {of('text')})",
            f"({of('bool')} {self.pick(('and', 'or'))} {of('bool')} {self.pick(('and', 'or'))} {of('bool')})",
            f"(not {of('bool')})", f"({of('text')} in {of('[text]')})", f"({of('int')} not in {of('[int]')})",
            f'({of("text")} matches "^[a-z]+\\d*$")', f"({of('datetime')} > {of('datetime')})",
            f"({of('duration')} >= {of('duration')})",
            f"{self.pick(('any', 'all'))}({of('[text]')}, {item} => {self.expr('bool', inner, min(depth, 0))})",
        )  # fmt: skip
        return self.pick(ways)

    def _duration(self, type: str, scope: Scope, depth: int) -> str:
        return f"({self.expr('duration', scope, depth)} {self.pick('+-')} {self.span()})"

    def _texts(self, type: str, scope: Scope, depth: int) -> str:
        one, item = self.expr("[text]", scope, depth), self.fresh("t")
        inner = {**scope, item: "text"}
        ways = (
            f"filter({one}, {item} => {self.expr('bool', inner, 0)})",
            f"map({one}, {item} => {self.expr('text', inner, 0)})",
            f"unique({one})", f"sort_by({one}, {item} => {item})", f"split({self.expr('text', scope, depth)}, \",\")",
            f"({one} + {self.expr('[text]', scope, depth)})", f"{one}.unique()",
        )  # fmt: skip
        return self.pick(ways)


_MADE: dict[str, Callable[[Expressions, str, Scope, int], str]] = {
    "int": Expressions._int,
    "number": Expressions._number,
    "text": Expressions._text,
    "bool": Expressions._bool,
    "duration": Expressions._duration,
    "[text]": Expressions._texts,
}
