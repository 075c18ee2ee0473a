from __future__ import annotations

import threading
import time

import pytest

from treadle.runtime.lease import Keeper


class Renewals:
    """A store's side of renewing that can be made to fail or to hang."""

    def __init__(self):
        self.count = 0
        self.fails = False
        self.done = threading.Event()

    def __call__(self):
        self.count += 1
        self.done.set()
        if self.fails:
            raise OSError("no database")
        return 1


@pytest.fixture
def renewals():
    return Renewals()


def keeper_of(renewals, lost, **more):
    return Keeper(renewals, lambda: lost.append(time.monotonic()), **{"lease": 0.6, "every": 0.05, **more})


def wait_for(condition, within=3.0):
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_leases_are_prolonged_while_the_loop_turns(renewals):
    lost = []
    keeper = keeper_of(renewals, lost)
    keeper.start()
    lease = keeper.claimed(time.clock_gettime(time.CLOCK_BOOTTIME), keeper.era)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        keeper.beat()
        time.sleep(0.01)
    assert lease.enough()
    assert renewals.count > 5
    keeper.stop()
    assert lost == []


def test_a_loop_that_is_stuck_loses_its_leases(renewals):
    lost = []
    keeper = keeper_of(renewals, lost)
    keeper.start()
    keeper.beat()
    lease = keeper.claimed(time.clock_gettime(time.CLOCK_BOOTTIME), keeper.era)
    wait_for(lambda: lost)
    assert lease.left() < 0
    assert renewals.count <= 2
    keeper.stop()


def test_a_store_that_does_not_answer_loses_them_and_new_claims_have_their_own(renewals):
    lost = []
    keeper = keeper_of(renewals, lost)
    keeper.start()
    lease = keeper.claimed(time.clock_gettime(time.CLOCK_BOOTTIME), keeper.era)
    renewals.fails = True
    while not lost:
        keeper.beat()
        time.sleep(0.01)
    assert lease.left() < 0
    renewals.fails = False
    assert keeper.claimed(time.clock_gettime(time.CLOCK_BOOTTIME), keeper.era).enough()
    keeper.stop()


def test_a_short_rest_of_a_lease_is_not_enough_to_send(renewals):
    keeper = Keeper(renewals, lambda: None, lease=15.0)
    lease = keeper.claimed(time.clock_gettime(time.CLOCK_BOOTTIME) - 13.5, keeper.era)
    assert 0 < lease.left() < 2
    assert not lease.enough()
