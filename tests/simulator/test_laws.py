"""The laws of the simulator find what they are there for: a play whose books or whose world were tampered with."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace
from simulator.faults import Plan
from simulator.laws import broken
from simulator.play import play
from simulator.played import Played
from simulator.service import Effect
from simulator.sets import VARIETY, rules_of

from treadle.runtime.ports import StepState, StoredStep

SEED = 4


def _call(played: Played, action: str) -> tuple[tuple[UUID, UUID], StoredStep, UUID | None]:
    steps = played.store._steps
    return next((key, *each) for key, each in steps.items() if each[0].what == action and each[0].state == "done")


def _becomes(action: str, state: StepState) -> Callable[[Played], None]:
    def tamper(played: Played) -> None:
        key, step, connection = _call(played, action)
        played.store._steps[key] = (replace(step, state=state), connection)

    return tamper


def _undone(played: Played) -> None:
    _, step, _ = _call(played, "shop.remark")
    effects = played.service.effects
    effects[:] = [each for each in effects if each.effect_id != str(step.id)]


def _twice(played: Played) -> None:
    played.service.effects.append(played.service.effects[-1])


def _invented(played: Played) -> None:
    played.service.effects.append(replace(played.service.effects[-1], effect_id=str(UUID(int=7))))


def _lost(played: Played) -> None:
    event = played.sent[0].ids[0]
    runs = played.store._runs
    del runs[next(each for each, run in runs.items() if run.new.event_id == event)]


def _forgotten(played: Played) -> None:
    key, _, _ = _call(played, "shop.tag")
    del played.store._steps[key]


def _open(played: Played) -> None:
    next(iter(played.store._runs.values())).status = "running"


TAMPERED: dict[str, tuple[Callable[[Played], None], str]] = {
    "an effect that the service does not have": (_undone, "effects_are_true"),
    "a failure that was none": (_becomes("shop.tag", "failed"), "effects_are_true"),
    "a step that is open for ever": (_becomes("shop.tag", "intent"), "histories_are_whole"),
    "a doubt on a calm day": (_becomes("shop.remark", "unknown"), "doubts_have_a_cause"),
    "an effect done twice": (_twice, "effects_are_not_doubled"),
    "an effect of no history": (_invented, "effects_are_true"),
    "an event without a run": (_lost, "no_event_is_lost"),
    "a step without a record": (_forgotten, "effects_are_true"),
    "a run that never ends": (_open, "everything_comes_to_rest"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_it_is_found(what: str) -> None:
    tamper, law = TAMPERED[what]
    played = play(SEED, Plan())
    assert broken(played) == []
    tamper(played)
    assert law in {said.partition(":")[0] for said in broken(played)}


# --- extras: their laws, each by the one thing that it is there for ---------------------------------------------------


def _no_runs_of(rule: str) -> Callable[[Played], None]:
    def tamper(played: Played) -> None:
        runs = played.store._runs
        for run_id in [each for each, run in runs.items() if run.new.rule == rule]:
            del runs[run_id]

    return tamper


def _also_did(what: str, times: int = 1) -> Callable[[Played], None]:
    def tamper(played: Played) -> None:
        thing = what.partition(" ")[0]
        played.service.effects += [Effect(9.0, thing, what, str(UUID(int=number))) for number in range(times)]

    return tamper


def _did_not(label: str) -> Callable[[Played], None]:
    def tamper(played: Played) -> None:
        effects = played.service.effects
        effects[:] = [each for each in effects if not each.what.endswith(label)]

    return tamper


def _another_sale(played: Played) -> None:
    played.said["sales"].append((1, [UUID(int=7)]))


def _asked_later(played: Played) -> None:
    asked = played.service.model.asked
    asked.append(replace(asked[0], at=played.ended_at))


def _twice_by_one_run(played: Played) -> None:
    played.service.effects.append(next(each for each in played.service.effects if each.what.endswith("r:1")))


EXTRA: dict[str, tuple[Callable[[Played], None], str]] = {
    "an answer that is asked for again": (_asked_later, "agents"),
    "a sale that is two events": (_another_sale, "webhook"),
    "more messages than the limit": (_also_did("messages 1 l:1", 9), "limits"),
    "work on a holiday": (_also_did("tags 1 f:1"), "during"),
    "a rule that is on and does not hear": (_no_runs_of("V"), "switches"),
    "a run that does something twice": (_twice_by_one_run, "retries"),
    "a schedule that is not made up for": (_no_runs_of("C3"), "catch up"),
    "a chain that breaks off": (_no_runs_of("Y"), "hops"),
    "a version that does not do what it says": (_did_not("p:2"), "publish"),
}


@pytest.mark.parametrize("what", EXTRA)
def test_what_an_extra_is_there_for_is_found(what: str) -> None:
    tamper, law = EXTRA[what]
    seed = next(each for each in range(VARIETY) if law in {extra.name for extra in rules_of(each).extras})
    played = play(seed, Plan())
    assert broken(played) == []
    tamper(played)
    assert law in {said.partition(":")[0] for said in broken(played)}


def test_what_is_sent_again_too_early_is_found() -> None:
    played = play(SEED, Plan())
    _, step, _ = _call(played, "shop.remark")
    played.said["again"].append((step, step.ended_at))
    assert {said.partition(":")[0] for said in broken(played)} == {"what_is_sent_again_was_over"}
