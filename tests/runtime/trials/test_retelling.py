"""A recorded run becomes a test that passes on the same rules."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.runtime.trials.conftest import CATALOGUE, HEAD, ORDER
from tests.runtime.trials.test_playing import rule

from treadle.cli.files import sources
from treadle.cli.world import catalogue_for
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.compiling import build
from treadle.dsl.graph import Graph
from treadle.runtime.trials.outcomes import Fell
from treadle.runtime.trials.player import Player, Stage
from treadle.runtime.trials.recorded import Untold, recorded
from treadle.runtime.trials.retelling import retold
from treadle.runtime.trials.suite import suite_of

SAMPLES = Path(__file__).parents[2] / "samples" / "rules"


async def _retold(files: dict[str, str], catalogue: Catalogue) -> list[tuple[str, str]]:
    """For each run of each test of the files: the file, and the run as a test."""
    built = build(files, catalogue)
    assert not built.compiled.errors
    player = Player(built.compiled.partial, built.compiled.limits, catalogue)
    found = []
    for trial in suite_of(built).trials:
        stage = player.stage(trial)
        with suppress(Fell):
            await stage.run()
        found += await _runs(stage, trial.uses, catalogue)
    return found


async def _runs(stage: Stage, uses: dict[str, tuple[str, str | None]], catalogue: Catalogue) -> list[tuple[str, str]]:
    world, found = stage.world, []

    async def graph_of(version: str) -> Graph:
        return (await world.rules.program(version)).graph

    for row in await world.runs():
        if row.status != "suppressed":
            record = await recorded(world.store, graph_of, row.id, world.rules.graphs().values())
            found.append((record.root.graph.file, retold(record, uses, catalogue)))
    return found


def round_trip(files: dict[str, str], catalogue: Catalogue = CATALOGUE) -> list[str]:
    """Every run retold, and played on the same rules."""
    texts = asyncio.run(_retold(files, catalogue))
    for file, text in texts:
        built = build(files | {file: f"{files[file]}\n{text}"}, catalogue)
        assert not built.compiled.errors, (text, [each.message for each in built.compiled.errors])
        suite = suite_of(built)
        player = Player(built.compiled.partial, built.compiled.limits, catalogue)
        trial = max((each for each in suite.trials if each.file == file), key=lambda each: each.span.start)
        played = asyncio.run(player.play(trial))
        assert played.passed, (text, played.failure)
    return [text for _, text in texts]


def test_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    files = sources([SAMPLES])
    assert len(round_trip(files, catalogue_for(files))) == 3


GIVEN = 'test "T"\n  given shop.placed {id: 3}\n'
APPROVE = rule('ok = approve "Ship {order.id}?" by "boss" up to 2 days\non timeout\n  fail "late"\nlog "{ok}"')
CASES = {
    "a read, a change, a line": rule(
        'found = shop.get(id: order.id)\nshop.tag(id: found.id, tag: "big {found.total}")\nlog "done"'
    )
    + GIVEN
    + '  mock shop.get returns {total: 0.10, tags: ["a"]}\n',
    "two answers of one action": rule('a = shop.get(id: 1)\nb = shop.get(id: 2)\nlog "{a.total} {b.total}"')
    + GIVEN
    + "  mock shop.get(id: 1) returns {total: 1}\n  mock shop.get returns {total: 2}\n",
    "waits": rule('wait 2 days\nlog "a"\nwait 3 hours\nshop.charge(id: 1)') + GIVEN + "  after 5 days\n",
    "a failure": rule('try\n  shop.charge(id: 1)\non error as e\n  log "{e.code} {e.message}"\nfail "no: {order.id}"')
    + GIVEN
    + '  mock shop.charge fails "no_money: There is \\"none\\""\n',
    "an unknown outcome": rule('try\n  shop.charge(id: 1)\non error as e\n  log "{e.unknown}"')
    + GIVEN
    + "  mock shop.charge unknown\n",
    "a decision": APPROVE + GIVEN + "  after 5 hours\n  mock approve returns false\n  after 1 hour\n",
    "no decision": APPROVE + GIVEN + "  after 5 days\n",
    "an event that was waited for": rule(
        'wait for shop.moved as m where m.id == order.id up to 3 days\non timeout\n  stop\nlog "{m.stage ?? "no"}"'
    )
    + GIVEN
    + '  after 1 day\n  given shop.moved {id: 3, stage: "b"}\n',
    "an event that stops": rule(
        'log "a"\nwait 2 days\nlog "b"', clauses="stop when shop.moved as m where m.id == order.id"
    )
    + GIVEN
    + '  after 1 day\n  given shop.moved {id: 3, stage: "b"}\n',
    "what depends on the clock": rule('log "{now}"\nlater = now + 1 day\nshop.tag(id: 1, tag: "{later}")') + GIVEN,
    "beside one another": rule(
        'together\n  shop.charge(id: 1)\n  shop.tag(id: 2, tag: "x")\n'
        "for each n in [1, 2, 3] up to 2 at once\n  shop.charge(id: n)"
    )
    + GIVEN,
    "an event of one's own": "event done\n  id: int\n  by: text?\n\n"
    + rule("emit done {id: order.id}")
    + rule('found = shop.get(id: d.id)\nlog "{found.id}"', when="done as d", name="D")
    + GIVEN
    + "  mock shop.get returns {id: 3}\n",
    "a sequence that returns": 'sequence "S"(n: int)\n  do\n    wait 1 hour\n    found = shop.get(id: n)\n'
    "    return found.total\n\n"
    + rule('x = run "S"(n: 1)\nlog "{x}"')
    + GIVEN
    + "  mock shop.get returns {total: 5}\n  after 1 day\n",
    "a webhook": rule('log "hook {text(hook.json["a b"])}"', when='webhook "w" as hook')
    + 'test "T"\n  given webhook "w" {json: {"a b": "line\\n\\"q\\" \\{x}"}}\n',
    "the clock": rule('log "tick"', when="every monday at 10:00") + 'test "T"\n  after 2 hours\n',
    "two rules by the clock": rule('log "tick"', when="every 30 min")
    + rule('found = shop.get(id: 1)\nlog "{found.total}"', when="every 15 min", name="Q")
    + 'test "T"\n  mock shop.get returns {total: 1}\n  after 20 min\n  mock shop.get returns {total: 2}\n'
    + "  after 20 min\n",
    "by hand": rule('log "hand"', when="by hand") + 'test "T"\n  given by hand "R"\n',
    "a window": rule('shop.tag(id: 1, tag: "x")', clauses='only during mon-fri 09:00-19:00 in "Europe/Madrid"')
    + 'test "T"\n  at 2026-01-10 12:00\n  given shop.placed {id: 3}\n  after 5 days\n',
    "quiet": rule('log "{order.id}"', clauses="after 5 min of quiet per order.id") + GIVEN + "  after 1 day\n",
    "quiet as a list": rule(
        'log "{count(orders)} {sum(map(orders, o => o.total))}"',
        clauses="after 5 min of quiet per order.id as list orders",
    )
    + 'test "T"\n  given shop.placed {id: 3, total: 1}\n  given shop.placed {id: 3, total: 2}\n  after 4 min\n'
    + "  given shop.placed {id: 3, total: 4}\n  after 1 day\n",
    "a missing field": rule('log "{order.stage ?? "none"}"') + 'test "T"\n  given shop.placed {id: 3, stage: [][0]}\n',
    "a rule that breaks": rule('n = int("x{order.id}")\nlog "{n}"') + GIVEN,
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_a_run_retold(text: str) -> None:
    assert round_trip({"a.rule": HEAD + text})


def test_a_block_reads_as_somebody_would_write_it() -> None:
    text = (
        rule('found = shop.get(id: order.id)\nwait 1 day\nshop.send(contact_id: 1, text: "Hi {found.id}")')
        + 'test "T"\n  given shop.placed {id: 3, total: 5}\n  mock shop.get returns {id: 4}\n  after 2 days\n'
    )
    (told,) = round_trip({"a.rule": HEAD + text})
    assert (
        told
        == """\
test "R, as it ran at 2026-01-05 09:00:00"
  at 2026-01-05 09:00:00 in "Europe/Madrid"
  given shop.placed {id: 3, total: 5, tags: []}
  mock shop.get returns {id: 4, total: 10, tags: []}
  after 1 day
  after 1 s
  expect shop.send(contact_id: 1, text: "Hi 4")
"""
    )


def test_what_the_history_does_not_hold_is_said() -> None:
    by_hand = rule('log "{x}"', when="by hand (x: int)") + 'test "T"\n  given by hand "R" {x: 1}\n'
    with pytest.raises(Untold, match="by hand"):
        asyncio.run(_retold({"a.rule": HEAD + by_hand}, CATALOGUE))


NO_STAGE = 'test "T"\n  given shop.placed {id: 3, stage: [][0]}\n'


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (rule('log "{order.id}"'), False),
        (rule('log "{order.id}"') + "\n" + rule("stop", clauses='where order.stage == "New"', name="S"), True),
        (rule('start "S"(order: order)') + '\nsequence "S"(order: shop.Order)\n  do\n    log "{order.id}"\n', False),
        (rule('start "S"(o: order)') + '\nsequence "S"(o: shop.Order)\n  do\n    log o.stage ?? "none"\n', True),
        (rule('log "{hash(json(order))}"'), True),
        (rule("wait for shop.moved as m where m.stage == order.stage up to 1 day\non timeout\n  stop"), True),
    ],
)
def test_a_missing_field_is_told_where_something_reads_it(rules: str, said: bool) -> None:
    shop = CATALOGUE.plugins["shop"]
    placed = msgspec.structs.replace(shop.triggers["placed"], example=ORDER)
    shop = msgspec.structs.replace(shop, triggers=shop.triggers | {"placed": placed})
    told, *_ = round_trip(
        {"a.rule": HEAD + rules + NO_STAGE}, msgspec.structs.replace(CATALOGUE, plugins={"shop": shop})
    )
    assert ("stage: [][0]" in told) is said
