"""Which figures come out: every goal has a part that owes it, and the best of the peer counts."""

from __future__ import annotations

import msgspec
from bench.common_job import Measured
from bench.dbos_job import Peer
from bench.figures import GOALS, Spread
from bench.measure import Result, Share
from bench.report import peer, treadle
from bench.run import PARTS, _goals_of

NOTHING = Spread(0.0, 0.0, 0.0, 0)
RESULT = Result(
    sent=10,
    seconds=1.0,
    events_per_s=2000.0,
    to_sink=Spread(1.0, 2.0, 3.0, 10),
    to_ack=Spread(0.1, 0.2, 0.3, 10),
    lag=NOTHING,
    shares=[Share("serve", 0.5, 60.0), Share("postgres", 0.25, 70.0), Share("sink", 0.1, 1.0), Share("load", 0.1, 0.0)],
    lost=0,
    repeated=0,
    refused=0,
    strange=0,
    complaints=[],
)
SLOW = msgspec.structs.replace(RESULT, events_per_s=100.0)
FAST = msgspec.structs.replace(RESULT, events_per_s=250.0)
LOSSY = msgspec.structs.replace(RESULT, lost=2, repeated=1, refused=3, strange=1)


def test_every_goal_is_owed_by_one_part() -> None:
    assert sorted(name for part in PARTS for name in _goals_of(part)) == sorted(GOALS)


def test_every_goal_of_the_common_job_comes_out_of_it() -> None:
    measured = Measured(RESULT, RESULT, RESULT, RESULT, undrained=0, unfinished=0, fates={})

    found = {each.name: each for each in treadle(measured)}

    assert set(_goals_of("common_job")) <= found.keys()
    assert all(found[name].passed for name in _goals_of("common_job"))
    assert found["common_job.cpu_ms_per_event"].value == 0.75


def test_faults_of_every_volley_are_added_up() -> None:
    measured = Measured(LOSSY, RESULT, LOSSY, RESULT, undrained=5, unfinished=4, fates={})

    found = {each.name: each for each in treadle(measured)}

    assert [found[f"common_job.{name}"].value for name in ("lost", "repeated", "refused", "runs_missing")] == [
        9,
        2,
        8,
        4,
    ]
    assert not found["common_job.lost"].passed


def test_the_ratio_is_to_the_best_shape_of_the_peer() -> None:
    measured = Measured(RESULT, RESULT, RESULT, RESULT, undrained=0, unfinished=0, fates={})
    peers = [Peer("one", SLOW, SLOW), Peer("two", FAST, FAST)]

    found = {each.name: each for each in peer(peers, measured)}

    assert found["common_job.vs_dbos"].value == 8.0
    assert found["common_job.vs_dbos"].passed
    assert found["dbos.events_per_s"].value == 250.0


def test_without_the_common_job_there_is_no_ratio_to_pass() -> None:
    found = {each.name: each for each in peer([Peer("one", SLOW, SLOW)], None)}

    assert found["common_job.vs_dbos"].verdict == "FAIL"
