"""The place of the cursor in a file that need not be whole: its line, what it stands under, what is known there.

A probe is the declaration with a word put at the cursor, all that is open closed, and the rest of the line left out.
It is checked alone against the files as they are; where its line cannot be read, what is known before it holds.
"""

from __future__ import annotations

import re
from functools import cached_property

from treadle.dsl import nodes
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.tables import Seen, Tables
from treadle.dsl.parser import engine
from treadle.dsl.parser.blocks import cut
from treadle.dsl.parser.declarations import read_declaration
from treadle.dsl.parser.layout import Line, arrange
from treadle.dsl.parser.reading import Reading
from treadle.dsl.services.prefixes import Prefix, key_of, receiver, split
from treadle.dsl.services.trees import path_to
from treadle.dsl.services.views import View
from treadle.dsl.typesystem import Type

WORD = "zz__"
_LABEL = re.compile(r"[^\W\d]\w* *:\s+(?=\S|\Z)")
_SHARED = re.compile(r"shared\s+")
_MATCH = re.compile(r"(?:\w+ *: +)?match\b")
BRANCHES = ("case", "otherwise")
_STEPS = tuple(each for each in engine.STEPS if each != "case")
_OWNERS = ("rule", "sequence")


def cursor_at(view: View, offset: int) -> Cursor | None:
    """The cursor at an offset; None in a comment that no declaration stands before."""
    return Cursor(view, offset) if any(cut(view.text[:offset] + WORD)) else None


class Cursor:
    """`chain` are the codes of the lines that it stands under, the declaration's first; `prefix` its own line so far,
    without a label and without `shared`.

    `owner` is the word that the declaration begins with, "" for a line that begins one.
    """

    def __init__(self, view: View, offset: int) -> None:
        self.view, self.offset = view, offset
        self._text = view.text[:offset] + WORD
        block = list(cut(self._text))[-1]
        self._block = self._text[block.start :]
        lines = _last_lines(arrange(self._block))
        self._line = lines[-1]
        code = self._block[self._line.scan.start :][: -len(WORD)]
        self.chain = tuple(self._block[each.scan.start : each.scan.end] for each in lines[:-1])
        self.owner = _head_word(self.chain[0]) if self.chain else ""
        skipped = _LABEL.match(code) if self.in_steps else _SHARED.match(code) if not self.chain else None
        self.shared = skipped is not None and not self.in_steps
        self.prefix = Prefix(code[skipped.end() :] if skipped else code)

    @property
    def in_steps(self) -> bool:
        """Whether the line stands under `do`."""
        return self.owner in _OWNERS and len(self.chain) > 1 and self.chain[1].startswith("do")

    @property
    def starts(self) -> tuple[str, ...]:
        """The rules of the grammar that may read the line."""
        if not self.chain:
            return engine.HEADS
        if self.in_steps:
            return BRANCHES if _MATCH.match(self.chain[-1]) else _STEPS
        if self.owner in _OWNERS:
            return engine.CLAUSES if len(self.chain) == 1 else ()
        return _MEMBERS.get(self.owner, ())

    def expected(self) -> frozenset[str]:
        """The kinds of tokens that may stand at the cursor; none when the line so far cannot be read."""
        code = self._cell() if self.owner == "table" else self.prefix.before
        starts = ("cell", "expr") if self.owner == "table" else self.starts
        return frozenset().union(*(engine.expected(start, code) for start in starts))

    def _cell(self) -> str:
        return self.prefix.before.rpartition("|")[2]

    @cached_property
    def path(self) -> list[nodes.Node]:
        """The nodes of the probe over the cursor, from the declaration in."""
        return path_to(self._probe, self.offset)

    @cached_property
    def _probe(self) -> nodes.Decl:
        text = self._text + self._closing() + self.view.text[self._line_end() :]
        block = next(each for each in reversed(list(cut(text))) if each.start <= self.offset)
        return read_declaration(self.view.file, text[block.start : block.end], block.start, block.line).decl

    def _closing(self) -> str:
        inner = self.prefix.inner
        value = ": 0" if inner and inner.mark == "{" and not key_of(self.prefix.segment) else ""
        in_text = len(self.prefix.frames) > 1 and self.prefix.frames[-2].mark in ('"', '"""')
        return ("" if in_text else value) + self.prefix.closers

    def _line_end(self) -> int:
        """Where the rest of the cursor's line ends in the file's text."""
        end = self.view.text.find("\n", self.offset)
        physical = len(self.view.text) if end < 0 else end
        start = len(self._text) - len(self._block) + self._line.scan.start
        whole = next((each for each in cut(self.view.text) if each.start <= start < each.end), None)
        if whole is None:
            return physical
        left = [arrange(self.view.text[whole.start : whole.end])]
        while left:
            line = left.pop()
            if whole.start + line.scan.start == start and not line.scan.broken:
                return max(whole.start + line.scan.end, self.offset)
            left += line.children
        return physical

    @cached_property
    def _looked(self) -> tuple[Tables, dict[int, Seen]]:
        return self.view.look_into(self._probe)

    def type_of(self, node: nodes.Node) -> Type | None:
        """The type that was found for a node of the probe, or that is needed there."""
        tables, seen = self._looked
        hint = seen[node.id].hint if node.id in seen else None
        return hint or tables.types.get(node.id)

    def found_type(self, node: nodes.Node) -> Type | None:
        """The type that a node of the probe has."""
        return self._looked[0].types.get(node.id)

    @cached_property
    def env(self) -> Env:
        """What is known at the cursor."""
        _, seen = self._looked
        known = next((seen[node.id] for node in reversed(self.path) if node.id in seen), None)
        return known.env if known else Env()

    @property
    def needed(self) -> Type | None:
        """The type that is needed at the cursor, where one is known."""
        _, seen = self._looked
        last = self.path[-1] if self.path else None
        return seen[last.id].hint if last is not None and last.id in seen else None

    def receiver(self) -> tuple[str, Type | None]:
        """The value before the dot at the cursor, as written and with its type."""
        written = receiver(self.prefix.before.rstrip(".").rstrip("?"))
        for node in reversed(self.path):
            if isinstance(node, nodes.Member) and node.name.text.endswith(WORD):
                return written, self.found_type(node.of)
        return written, self.type_of_text(written)

    def type_of_text(self, code: str) -> Type | None:
        """The type of an expression that stands at the cursor; None when it cannot be read."""
        node = engine.read("expr", code, Reading(self.view.file, code, 0, 1), 0) if code else None
        if node is None:
            return None
        return self.view.inference().infer(node, self.env)  # type: ignore[arg-type]  # the rule gives expressions

    def rest_of_call(self) -> str:
        """The code behind the cursor up to where the bracket around it closes."""
        return ",".join(split(self.view.text[self.offset : self._line_end()]))


def _last_lines(root: Line) -> list[Line]:
    """The line that ends the text, behind those that it stands under."""
    found = [root]
    while found[-1].children:
        found.append(found[-1].children[-1])
    return found


def _head_word(code: str) -> str:
    words = code.split(maxsplit=2)
    return words[1] if words[:1] == ["shared"] and len(words) > 1 else words[0] if words else ""


_MEMBERS: dict[str, tuple[str, ...]] = {
    "event": ("event_field",),
    "calendar": ("calendar_day",),
    "agent": tuple(each for each in engine.MEMBERS if each.startswith("agent_")),
    "test": tuple(each for each in engine.MEMBERS if each.startswith(("test_", "given_"))),
}
