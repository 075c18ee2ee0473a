"""The store's clock in a process, on a machine whose own clock somebody sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from treadle.runtime.clock import StoreClock
from treadle.runtime.ids import new_id
from treadle.runtime.system import System, system

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Set(System):
    """A machine whose clocks stand where a test puts them."""

    walls = int(NOON.timestamp() * 1e9)
    ran = 100.0

    def wall(self) -> int:
        return self.walls

    def steady(self) -> float:
        return self.ran


@pytest.fixture
def machine() -> Iterator[Set]:
    token = system.set(made := Set())
    yield made
    system.reset(token)


def test_setting_the_machines_clock_does_not_move_the_stores(machine: Set) -> None:
    clock = StoreClock()
    clock.adjust(NOON)
    machine.walls += int(3600e9)
    assert clock.now() == NOON
    machine.ran += 5.0
    assert clock.now() == NOON + timedelta(seconds=5)


def test_until_the_store_has_said_it_the_machines_clock_counts(machine: Set) -> None:
    clock = StoreClock()
    machine.ran += 1.0
    assert clock.now() == NOON + timedelta(seconds=1)


def test_ids_ascend_while_the_machines_clock_goes_back(machine: Set) -> None:
    first = new_id()
    machine.walls -= int(60e9)
    assert first < new_id() < new_id()
