"""The rules and events that matching is measured with, made from a seed: the same for everybody who is measured.

One kind of event, a lead of a CRM with 20 pipelines of 10 stages each, and rules as people write them for one:

- 19 in 20 rules ask for the pipeline, and nine in ten for the stage: one, or a list of two to four (one in six),
- six in ten for the source: one of 12, or a list of two to four (half of them),
- more than half for the price: at least so much, and one in three of these also less than so much; seven in ten
  amounts are multiples of 500, the others any number,
- three in ten for the person in charge (one of 60), two in ten for the country (a list of two to four of 30),
- two in ten whether an address or a company is set, or is not,
- one in twenty whether the name contains a word, which no table answers.

Leads have prices with a long tail; one in ten has no source, one in three no address, half have no company. Of 1,000
rules two to three fire at one event, and of ten times the rules ten times as many. Pure.
"""

from __future__ import annotations

import random
from typing import Any, Literal

import msgspec

PIPELINES = [f"Pipeline {number}" for number in range(20)]
STAGES = [f"Stage {number}" for number in range(10)]
SOURCES = [f"Source {number}" for number in range(12)]
PEOPLE = [f"Person {number}" for number in range(60)]
COUNTRIES = [f"Country {number}" for number in range(30)]
WORDS = ("clinic", "implant", "crown", "braces", "urgent", "referral", "family", "company", "partner", "vip", "student")

FIELDS = ("pipeline", "stage", "source", "price", "person", "country", "address", "company", "name")
Sign = Literal["==", "in", ">=", "<", "set", "unset", "contains"]


class Term(msgspec.Struct, frozen=True):
    """`field sign value`; `value` is a text, a number, a tuple of texts, or None for `set` and `unset`."""

    field: str
    sign: Sign
    value: Any = None


Rule = tuple[Term, ...]
Lead = dict[str, Any]


def rules(count: int, seed: int = 1) -> list[Rule]:
    """That many rules; of two counts, the smaller set begins the larger one."""
    dice = random.Random(seed)
    return [_rule(dice) for _ in range(count)]


def leads(count: int, seed: int = 2) -> list[Lead]:
    """That many events."""
    dice = random.Random(seed)
    return [_lead(dice) for _ in range(count)]


def _rule(dice: random.Random) -> Rule:
    terms = [*_pipeline(dice), *_stage(dice), *_source(dice), *_price(dice), *_others(dice)]
    return tuple(terms) or (Term("stage", "==", dice.choice(STAGES)),)


def _pipeline(dice: random.Random) -> list[Term]:
    return [Term("pipeline", "==", dice.choice(PIPELINES))] if dice.random() < 0.95 else []


def _stage(dice: random.Random) -> list[Term]:
    if dice.random() >= 0.9:
        return []
    return [_one_of(dice, "stage", STAGES) if dice.random() < 1 / 6 else Term("stage", "==", dice.choice(STAGES))]


def _source(dice: random.Random) -> list[Term]:
    if dice.random() >= 0.6:
        return []
    return [_one_of(dice, "source", SOURCES) if dice.random() < 0.5 else Term("source", "==", dice.choice(SOURCES))]


def _price(dice: random.Random) -> list[Term]:
    if dice.random() >= 0.55:
        return []
    least = _amount(dice, 30_000)
    terms = [Term("price", ">=", least)]
    if dice.random() < 1 / 3:
        terms.append(Term("price", "<", least + _amount(dice, 20_000)))
    return terms


def _amount(dice: random.Random, most: int) -> int:
    return 500 * dice.randint(1, most // 500) if dice.random() < 0.7 else dice.randint(1, most)


def _others(dice: random.Random) -> list[Term]:
    terms = []
    if dice.random() < 0.3:
        terms.append(Term("person", "==", dice.choice(PEOPLE)))
    if dice.random() < 0.2:
        terms.append(_one_of(dice, "country", COUNTRIES))
    if dice.random() < 0.2:
        terms.append(Term(dice.choice(("address", "company")), dice.choice(("set", "set", "unset"))))
    if dice.random() < 0.05:
        terms.append(Term("name", "contains", dice.choice(WORDS)))
    return terms


def _one_of(dice: random.Random, field: str, values: list[str]) -> Term:
    return Term(field, "in", tuple(dice.sample(values, dice.randint(2, 4))))


def _lead(dice: random.Random) -> Lead:
    return {
        "pipeline": dice.choice(PIPELINES),
        "stage": dice.choice(STAGES),
        "source": dice.choice(SOURCES) if dice.random() < 0.9 else None,
        "price": min(int(dice.expovariate(1 / 8_000)), 200_000),
        "person": dice.choice(PEOPLE),
        "country": dice.choice(COUNTRIES),
        "address": f"lead{dice.randint(1, 10**6)}@example.com" if dice.random() < 2 / 3 else None,
        "company": dice.randint(1, 10**6) if dice.random() < 0.5 else None,
        "name": " ".join(dice.sample(WORDS, 3)),
    }
