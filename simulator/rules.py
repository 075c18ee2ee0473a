"""The texts of rules, and what they are meant to do. Owns the text and, beside it, the labels of its steps.

What is meant is known here without asking the language: each acting step has a label, in loops one for each turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from random import Random
from typing import Any

import msgspec

from simulator.extras.shape import Extra
from treadle.dsl.facade import Compiled
from treadle.dsl.graph import Limit
from treadle.dsl.typesystem import Record
from treadle.runtime.machine.program import Program

BY_HAND = 77
"""The order that the rule H is started for, and nothing else is about."""
BY_HAND_DOES = frozenset({"remarks h1", "shipments h2"})
SOMETIMES = frozenset({"tags k1", "tags k2", "tags q1", "tags q2"})

Tree = tuple[Any, ...]
LEAVES = ("log", "tag", "tag", "ship", "ship", "remark", "remark", "read", "wait", "run", "emit")
BLOCKS = ("try", "each", "together", "if", "heard", "approve")
_THINGS = {"tag": "tags", "ship": "shipments", "remark": "remarks"}
CLAUSES = {
    "once": "once per order.customer",
    "most": "at most 2 per 1 day per order.customer",
    "quiet": "after 3 s of quiet per order.customer",
    "listed": "after 3 s of quiet per order.customer as list orders",
    "skip": "one at a time per order.customer else skip",
    "queue": "one at a time per order.customer else queue",
    "replace": "one at a time per order.customer else replace",
}

HEAD = """use shop

event done
  order: int
  label: text

sequence "S"(order: int, label: text)
  do
    shop.tag(order: order, label: "{label}a")
    wait 4 s
    shop.tag(order: order, label: "{label}b")
    return 1

rule "E"
  when done as d
  do
    shop.tag(order: d.order, label: d.label)

rule "T"
  when every 1 min catch up all
  do
    log "tick"

rule "H"
  when by hand (order: int)
  do
    shop.remark(order: order, label: "h1")
    wait 2 s
    shop.ship(order: order, label: "h2")

rule "Q"
  when shop.placed as order
  stop when shop.moved as m where m.id == order.id
  do
    shop.tag(order: order.id, label: "q1")
    wait 6 s
    shop.tag(order: order.id, label: "q2")

rule "K"
  when shop.placed as order
  {clause}
  do
    shop.tag(order: order.id, label: "k1")
    wait 2 s
    shop.tag(order: order.id, label: "k2")

"""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """`must` and `may` are what is done about each placed order, as `THING LABEL`; `clause` is that of the rule K.
    `extras` are what is played beside, `limits` and `events` what the text declares besides rules; `second` is the
    version that one of the extras publishes, if any does.
    """

    text: str
    programs: tuple[Program, ...]
    extras: tuple[Extra, ...]
    limits: tuple[Limit, ...]
    events: dict[str, Record]
    second: Compiled | None
    must: frozenset[str]
    may: frozenset[str]
    clause: str


class Writer:
    """Writes rules; `must` and `may` gather."""

    def __init__(self) -> None:
        self.must: set[str] = set()
        self.may: set[str] = set()
        self._name = ""
        self._number = count(1)
        self._loops: list[tuple[str, int]] = []
        self._sure = [True]

    def rule(self, name: str, trees: list[Tree], dice: Random) -> Iterator[str]:
        """The lines of a rule."""
        self._name = name
        yield f'rule "{name}"'
        yield "  when shop.placed as order"
        if dice.random() < 0.2:
            yield f"  priority {dice.randint(1, 9)}"
        yield "  do"
        yield from self._block(trees, "  ")

    def _block(self, trees: list[Tree], deep: str, *, sure: bool = True) -> Iterator[str]:
        self._sure.append(sure and self._sure[-1])
        for each in trees:
            yield from self._lines(each, f"{deep}  ")
        self._sure.pop()

    def _label(self, things: str, number: int, *tails: str) -> str:
        """The text of a label in the rule; what it will be is noted."""
        stem = f"{self._name}{number}"
        for turns in product(*(range(1, most + 1) for _, most in self._loops)):
            label = stem + "".join(f"-{turn}" for turn in turns)
            for tail in tails or ("",):
                (self.must if self._sure[-1] else self.may).add(f"{things} {label}{tail}")
        return stem + "".join(f"-{{{name}}}" for name, _ in self._loops)

    def _lines(self, tree: Tree, deep: str) -> Iterator[str]:
        n = next(self._number)
        match tree:
            case ("log", *_):
                yield f'{deep}log "{self._label("log", n)}"'
            case ("tag" | "ship" | "remark" as verb, *_):
                yield f'{deep}shop.{verb}(order: order.id, label: "{self._label(_THINGS[verb], n)}")'
            case ("read", *_):
                yield f"{deep}o{n} = shop.get_order(order: order.id)"
            case ("wait", seconds):
                yield f"{deep}wait {seconds} s"
            case ("run", *_):
                yield f'{deep}x{n} = run "S"(order: order.id, label: "{self._label("tags", n, "a", "b")}")'
            case ("emit", *_):
                yield f'{deep}emit done {{order: order.id, label: "{self._label("tags", n)}"}}'
            case _:
                yield from self._blocks(tree, n, deep)

    def _blocks(self, tree: Tree, n: int, deep: str) -> Iterator[str]:
        match tree:
            case ("try", body, fails, handler):
                yield f"{deep}try"
                yield from self._block(body, deep)
                if fails == "fail":
                    yield f'{deep}  fail "{n}"'
                elif fails:
                    yield f'{deep}  shop.tag(order: order.id, label: "refused{n}")'
                yield f"{deep}on error as e{n}"
                yield from self._block(handler, deep, sure=bool(fails))
            case ("each", items, body):
                yield f"{deep}for each i{n} in [1, 2, 3].filter(x => x <= {items}) up to 2 at once"
                self._loops.append((f"i{n}", items))
                yield from self._block(body, deep)
                self._loops.pop()
            case ("together", branches):
                yield f"{deep}together"
                yield from self._block(branches, deep)
            case ("if", holds, body, other):
                yield f"{deep}if order.id {'>' if holds else '<'} 0"
                yield from self._block(body, deep, sure=holds)
                yield f"{deep}else"
                yield from self._block(other, deep, sure=not holds)
            case ("heard", body):
                yield f"{deep}wait for shop.moved as m{n} where m{n}.id == order.id up to 9 s"
                yield f"{deep}on timeout"
                yield from self._block(body, deep, sure=False)
            case ("approve", body):
                yield f'{deep}y{n} = approve "{{order.id}}" by "staff" up to 9 s'
                yield f"{deep}on timeout"
                yield from self._block(body, deep, sure=False)
