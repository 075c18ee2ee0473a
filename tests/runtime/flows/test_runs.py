from __future__ import annotations

import asyncio

import graphs as g
from sink import absent, failing, never

from treadle.dsl import values
from treadle.dsl.graph import Once
from treadle.dsl.typesystem import INT, Named
from treadle.runtime.ports import RunFilter


def tagging(**more):
    return g.call("s1", "tag", more.pop("next", None), order=g.field("id"), tag="gold", **more)


async def only_run(shop, **wanted):
    (row,) = await shop.ended(1, **wanted)
    return row


async def test_one_event_one_call_one_history(shop):
    await shop.publish(
        g.rule(
            "r", tagging(name="tagged", next="s2"), g.log("s2", g.Join((g.lit("got "), g.field("version", "tagged"))))
        )
    )
    await shop.placed(7)
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    called, line, logged = await shop.engine.store.steps(row.id)
    assert (called.what, called.state, called.effect, called.tries) == ("acme.tag", "done", "idempotent", 1)
    assert (called.input, called.entity, called.version) == (b'{"order":7,"tag":"gold"}', "acme.order:7", "v1")
    assert b"ana@example.com" in called.output
    assert called.started_at < called.ended_at
    assert (line.what, line.input) == ("log", b'{"level":"info","event":"tagged","tag":"gold"}')
    assert (logged.what, logged.input) == ("log", b'"got v1"')
    (sent,) = shop.sink.seen
    assert (sent.method, sent.path, sent.effect_id) == ("PUT", "/orders/7/tags/gold", str(called.id))


async def test_a_wait_is_a_row_and_the_run_goes_on_after_it(shop):
    await shop.publish(g.rule("r", g.wait("s1", "PT0.4S", "s2"), g.log("s2", "after")))
    await shop.placed()
    async with shop.working():
        (waiting,) = await shop.until(lambda: shop.runs(status="waiting"))
        assert waiting.due_at is not None
        row = await only_run(shop)
    assert await shop.history(row) == [("wait", "done"), ("log", "done")]
    assert (row.ended_at - row.created_at).total_seconds() >= 0.4


async def test_a_sequence_starts_with_its_values(shop):
    seq = g.sequence(
        "Seq", {"order": Named("acme.Order"), "n": INT}, g.log("s1", g.Join((g.field("total"), g.lit(" "), g.Var("n"))))
    )
    await shop.publish(g.rule("r", g.start("s1", "Seq", order=g.Var("order"), n=g.lit(3))), seq)
    await shop.placed(total=12.5)
    async with shop.working():
        rows = await shop.ended(2)
    by_kind = {row.kind: row for row in rows}
    assert by_kind["sequence"].parent_id == by_kind["rule"].id
    (logged,) = await shop.engine.store.steps(by_kind["sequence"].id)
    assert logged.input == b'"12.5 3"'
    (started,) = await shop.engine.store.steps(by_kind["rule"].id)
    assert str(by_kind["sequence"].id).encode() in started.output


async def test_a_sequence_that_is_not_live_fails_the_step(shop):
    await shop.publish(g.rule("r", g.start("s1", "Gone")))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert (row.status, row.error.code) == ("failed", "no_sequence")
    assert await shop.history(row) == [("start", "failed")]


async def test_a_run_stays_on_the_version_it_began_with(shop):
    await shop.publish(g.rule("r", g.wait("s1", "PT0.3S", "s2"), g.log("s2", "old")))
    await shop.placed()
    async with shop.working():
        await shop.until(lambda: shop.runs(status="waiting"))
        await shop.publish(g.rule("r", g.log("s1", "new")))
        row = await only_run(shop)
    assert (await shop.engine.store.steps(row.id))[-1].input == b'"old"'


async def test_once_per_key(shop):
    await shop.publish(g.rule("r", g.log("s1", "x"), once=Once(g.field("total"))))
    for number, total in [(1, 5), (2, 5), (3, 6)]:
        await shop.placed(number, total=total)
    async with shop.working():
        await shop.ended(2, status="done")
        (row,) = await shop.ended(1, status="suppressed")
    assert row.error.code == "once"
    explained = (await shop.engine.explain(row.event_id)).explanation
    assert [(each.outcome, each.why) for each in explained] == [("suppressed", "the rule has fired for 5 already")]


async def test_a_missing_key_does_not_group(shop):
    await shop.publish(g.rule("r", g.log("s1", "x"), once=Once(g.field("version"))))
    await shop.deliver(*({"kind": "placed", "id": each} for each in (1, 2)))
    async with shop.working():
        assert len(await shop.ended(2, status="done")) == 2


async def test_what_the_delivery_lacks_is_read_once_for_all_rules(shop):
    needs = g.term(g.field("email"), "==", "ana@example.com", "order.email == ...", loads=True)
    other = g.term(g.field("email"), "==", "bob@example.com", 'order.email == "bob@example.com"', loads=True)
    logs = g.log("s1", g.field("email"))
    await shop.publish(
        g.rule("a", logs, where=(needs,)), g.rule("b", logs, where=(other,)), g.rule("c", logs, loads=True)
    )
    event = await shop.placed()
    async with shop.working():
        await shop.ended(2, status="done")
        (row,) = await shop.ended(1, status="suppressed")
    assert [each.path for each in shop.sink.seen] == ["/orders/1"]
    view = await shop.engine.explain(event)
    assert {each.rule: each.outcome for each in view.explanation} == {"a": "fired", "b": "filtered", "c": "fired"}
    assert row.error.message.startswith('order.email == "bob@example.com" does not hold')
    assert values.decode(view.data)["email"] == "ana@example.com"


async def test_what_others_had_read_changes_nothing_half_way_through_a_run(shop):
    version, needs = g.field("version"), g.term(g.field("email"), "==", "ana@example.com", loads=True)
    waits = g.rule("waits", g.log("s1", version, "s2"), g.wait("s2", "PT0.4S", "s3"), g.log("s3", version))
    await shop.publish(waits, g.rule("reads", g.log("s1", version), where=(needs,)))
    await shop.placed(version="v0")
    async with shop.working():
        rows = {row.rule: row for row in await shop.ended(2)}
    said = {rule: [step.input for step in await shop.engine.store.steps(row.id)] for rule, row in rows.items()}
    assert [each for each in said["waits"] if b"v" in (each or b"")] == [b'"v0"', b'"v0"']
    assert b'"v1"' in said["reads"]


async def test_conditions_that_need_nothing_are_decided_before_anything_is_read(shop):
    needs = g.term(g.field("email"), "==", "x", loads=True)
    await shop.publish(g.rule("a", g.log("s1", "x"), where=(g.term(g.field("total"), ">", 10**9), needs)))
    async with shop.working():
        await shop.placed()
        await asyncio.sleep(0.2)
    assert shop.sink.seen == []
    assert await shop.engine.store.runs(RunFilter()) == []


async def test_an_idempotent_call_is_repeated_with_the_same_mark(shop, monkeypatch):
    monkeypatch.setattr("treadle.runtime.machine.retries.BASE", 0.05)
    shop.sink.answers["PUT"] = failing(2)
    await shop.publish(g.rule("r", tagging()))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    assert len(shop.sink.seen) == 3
    assert len({each.effect_id for each in shop.sink.seen}) == 1
    assert (await shop.engine.store.steps(row.id))[0].tries == 3


async def test_spent_tries_of_a_write_that_may_have_arrived_are_unknown(shop, monkeypatch):
    monkeypatch.setattr("treadle.runtime.machine.retries.BASE", 0.01)
    shop.sink.answers["PUT"] = failing(9)
    await shop.publish(g.rule("r", tagging(tries=2)))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert (row.status, len(shop.sink.seen)) == ("unknown", 2)
    assert (await shop.engine.store.steps(row.id))[0].state == "unknown"


async def test_a_blind_call_without_an_answer_is_unknown_and_never_repeated(shop):
    shop.sink.answers["POST"] = never
    call = g.call("s1", "remark", order=1, text="hi", effect="blind", timeout=0.3)
    await shop.publish(g.rule("r", call))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
        await asyncio.sleep(0.3)
    assert (row.status, len(shop.sink.seen)) == ("unknown", 1)
    (step,) = await shop.engine.store.steps(row.id)
    assert (step.state, step.error.code) == ("unknown", "timeout")


async def test_a_checkable_call_is_looked_up_and_found(shop):
    async def lose(seen, before):
        raise ConnectionResetError

    shop.sink.answers["POST /shipments"] = lose
    call = g.call("s1", "ship", order=1, effect="checkable", timeout=0.3)
    await shop.publish(g.rule("r", call))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    assert [each.method for each in shop.sink.seen] == ["POST", "GET"]
    assert shop.sink.seen[1].path == f"/shipments/{shop.sink.seen[0].effect_id}"


async def test_a_checkable_call_that_is_surely_absent_is_sent_again(shop):
    shop.sink.answers["POST /shipments"] = failing(1, 500)
    shop.sink.answers["GET /shipments"] = absent
    await shop.publish(g.rule("r", g.call("s1", "ship", order=1, effect="checkable", timeout=0.2)))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    assert [each.method for each in shop.sink.seen] == ["POST", "GET", "GET", "POST"]


async def test_a_lookup_that_cannot_tell_leaves_it_unknown(shop):
    shop.sink.answers["POST /shipments"] = failing(9, 500)
    shop.sink.answers["GET /shipments"] = failing(9, 400)
    await shop.publish(g.rule("r", g.call("s1", "ship", order=1, effect="checkable", timeout=0.2)))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "unknown"
    assert [each.method for each in shop.sink.seen] == ["POST", "GET"]


async def test_what_a_plugin_refuses_ends_the_run_without_its_secrets(shop):
    await shop.publish(g.rule("r", g.call("s1", "refuse", secret="a-very-secret-key")))
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    (step,) = await shop.engine.store.steps(row.id)
    assert (row.status, row.error.code, step.state) == ("failed", "nope", "failed")
    assert b"a-very-secret-key" not in step.input
    assert "a-very-secret-key" not in row.error.message + step.error.message


async def test_a_plugin_that_breaks_fails_its_step_alone(shop):
    await shop.publish(g.rule("bad", g.call("s1", "stumble")), g.rule("good", g.log("s1", "x")))
    await shop.placed()
    async with shop.working():
        rows = await shop.ended(2)
    assert {row.rule: row.status for row in rows} == {"bad": "failed", "good": "done"}
    assert next(row for row in rows if row.rule == "bad").error.code == "plugin_error"


async def test_arguments_that_do_not_fit_and_actions_that_are_gone_are_said(shop):
    await shop.publish(
        g.rule("a", g.call("s1", "tag", order="seven", tag="x")),
        g.rule("b", g.call("s1", "vanished")),
    )
    await shop.placed()
    async with shop.working():
        rows = await shop.ended(2)
    assert {row.rule: row.error.code for row in rows} == {"a": "bad_arguments", "b": "no_action"}
    assert shop.sink.seen == []


async def test_many_runs_are_in_flight_at_once(shop):
    gate = asyncio.Event()

    async def wait(seen, before):
        from aiohttp import web

        await gate.wait()
        return web.json_response({"id": 1})

    shop.sink.answers["PUT"] = wait
    await shop.publish(g.rule("r", tagging()))
    await shop.deliver(*({"kind": "placed", "id": each} for each in range(50)))
    async with shop.working():
        await shop.until(lambda: len(shop.sink.seen) == 50)
        gate.set()
        assert {row.status for row in await shop.ended(50, limit=100)} == {"done"}
