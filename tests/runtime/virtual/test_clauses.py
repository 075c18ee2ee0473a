from __future__ import annotations

import pytest

from treadle.runtime.scripted import Returns


def rule(clauses: str, body: str = 'log "{order.id}"', name: str = "R") -> str:
    head = "".join(f"  {line}\n" for line in clauses.strip("\n").split("\n") if line)
    steps = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f'rule "{name}"\n  when shop.placed as order\n{head}  do\n{steps}\n'


async def test_off_does_not_run(play):
    world = play(rule("off"))
    await world.placed()
    assert await world.fates() == []


async def test_once_per_key_within_its_time(play):
    world = play(rule("once per order.id within 1 hour"))
    for id_ in (1, 1, 2):
        await world.placed(id_)
    await world.after(hours=2)
    await world.placed(1)
    assert world.did == ["log: 1", "log: 2", "log: 1"]
    assert await world.why() == ["the rule has fired for 1 already"]


async def test_at_most_over_a_sliding_window(play):
    world = play(rule("at most 2 per 1 hour per order.total", 'log "{order.id}"'))
    for id_ in range(3):
        await world.placed(id_)
        await world.after(minutes=20)
    await world.placed(9, total=99)
    await world.after(minutes=1)
    await world.placed(4)
    assert world.did == ["log: 0", "log: 1", "log: 9", "log: 4"]
    assert await world.why() == ["the rule fired 2 times in the last hour for 10"]


async def test_quiet_fires_with_the_last_event(play):
    world = play(rule("after 5 min of quiet per order.id", 'log "{order.total}"'))
    for total in (1, 2, 3):
        await world.placed(1, total)
        await world.after(minutes=2)
    await world.placed(2, 9)
    await world.after(minutes=10)
    assert list(zip(world.did, world.at, strict=True)) == [("log: 3", "Mon 05 08:09"), ("log: 9", "Mon 05 08:11")]
    assert (await world.why())[0] == "another event came within 5 minutes for 1, the last one counts"


async def test_quiet_as_list_brings_them_all(play):
    world = play(
        rule(
            "after 5 min of quiet per order.id as list orders", 'log "{count(orders)} {sum(map(orders, o => o.total))}"'
        )
    )
    for total in (1, 2, 3):
        await world.placed(1, total)
    await world.after(minutes=6)
    await world.placed(1, 8)
    await world.after(minutes=6)
    assert world.did == ["log: 3 6", "log: 1 8"]


SLOW = 'log "begin {order.id}"\nwait 1 hour\nlog "end {order.id}"'


async def test_one_at_a_time_skip(play):
    world = play(rule("one at a time per order.total else skip", SLOW))
    await world.placed(1)
    await world.placed(2)
    await world.placed(3, total=99)
    await world.after(hours=2)
    await world.placed(4)
    assert world.did == ["log: begin 1", "log: begin 3", "log: end 1", "log: end 3", "log: begin 4"]
    (why,) = await world.why()
    assert why.startswith("a live run (")
    assert why.endswith(") holds the key 10")


async def test_one_at_a_time_queue(play):
    world = play(rule("one at a time else queue", SLOW))
    for id_ in (1, 2, 3):
        await world.placed(id_)
    await world.after(hours=5)
    ends = [(did, at) for did, at in zip(world.did, world.at, strict=True) if did.startswith("log: end")]
    assert ends == [
        ("log: end 1", "Mon 05 09:00"),
        ("log: end 2", "Mon 05 10:00"),
        ("log: end 3", "Mon 05 11:00"),
    ]


async def test_one_at_a_time_replace(play):
    world = play(rule("one at a time else replace", SLOW))
    for id_ in (1, 2, 3):
        await world.placed(id_)
    await world.after(hours=5)
    assert world.did == ["log: begin 1", "log: begin 2", "log: begin 3", "log: end 3"]
    assert [fate[1:] for fate in await world.fates()] == [
        ("stopped", "replaced"),
        ("stopped", "replaced"),
        ("done", None),
    ]


async def test_a_sequence_is_one_at_a_time_too(play):
    sequence = 'sequence "S"(n: int)\n  one at a time per n else skip\n  do\n    wait 1 hour\n    log "end {n}"\n\n'
    world = play(sequence + rule("", 'start "S"(n: 1)\nstart "S"(n: 1)'))
    await world.placed()
    await world.after(hours=3)
    assert world.did == ["start S 1", "start S 1", "log: end 1"]


CANCELLED = """sequence "S"(n: int)
  one at a time per n else {}
  do
    wait 1 hour
    log "end {{n}}"

rule "C"
  when shop.moved as order
  do
    cancel "S" for order.id

"""


@pytest.mark.parametrize("otherwise", ["skip", "queue", "replace"])
async def test_cancel_ends_the_runs_of_one_key(play, otherwise):
    world = play(CANCELLED.format(otherwise) + rule("", 'start "S"(n: order.id)'))
    for id_ in (1, 2):
        await world.placed(id_)
    await world.moved(1)
    await world.after(hours=2)
    assert [did for did in world.did if did.startswith("log")] == ["log: end 2"]
    assert [fate for fate in await world.fates() if fate[0] == "S"] == [
        ("S", "stopped", "cancelled"),
        ("S", "done", None),
    ]


async def test_cancel_reaches_a_run_of_the_same_write_that_was_started_before_it(play):
    body = 'start "S"(n: 1)\ncancel "S" for 1\nstart "S"(n: 1)'
    world = play(CANCELLED.format("queue") + rule("", body))
    await world.placed()
    await world.after(hours=2)
    assert world.did == ["start S 1", "cancel S 1", "start S 1", "log: end 1"]
    fates = [fate[1:] for fate in await world.fates() if fate[0] == "S"]
    assert sorted(fates, key=str) == [("done", None), ("stopped", "cancelled")]


STOPS = "stop when shop.message as m where m.contact_id == order.id"


async def test_stop_when_ends_a_run_in_the_middle_of_a_wait(play):
    world = play(rule(STOPS, SLOW))
    await world.placed(1)
    await world.placed(2)
    await world.message(1)
    await world.after(hours=2)
    assert world.did == ["log: begin 1", "log: begin 2", "log: end 2"]
    assert ("R", "stopped", "stop_when") in await world.fates()


async def test_stop_when_ends_a_run_that_waits_for_something_else(play):
    body = 'ok = approve "Sure?" by "boss" up to 1 day\non timeout\n  stop\nlog "{ok}"'
    world = play(rule(STOPS, body))
    await world.placed(1)
    await world.message(1)
    assert await world.fates() == [("R", "stopped", "stop_when")]
    (asked,) = await world.world.store.approvals(open_only=False)
    assert asked.state == "closed"


async def test_stop_when_between_two_steps(play):
    stop = "stop when ready as r where r.id == order.id"
    world = play(
        "event ready\n  id: int\n\n"
        + rule(stop, 'start "S"(n: order.id)\nshop.tag(id: 1, tag: "a")\nlog "never"')
        + 'sequence "S"(n: int)\n  do\n    emit ready {id: n}\n'
    )
    world.replies["shop.tag"] = [Returns()]
    await world.placed(1)
    assert ("R", "done", None) in await world.fates()


WINDOW = 'only during mon-fri 09:00-19:00 in "Europe/Madrid" except holidays'
HOLIDAYS = "calendar holidays\n  every 6 January\n\n"


async def test_only_during_holds_effects_until_the_window_opens(play):
    world = play(HOLIDAYS + rule(WINDOW, 'log "begin"\nwait 11 hours\nshop.tag(id: 1, tag: "x")'))
    await world.placed()
    await world.after(days=3)
    assert world.did == ["log: begin", "tag 1 x"]
    assert world.at[1][:6] == "Wed 07"
    assert "08:00" <= world.at[1][7:] <= "08:05"


async def test_an_open_window_holds_nothing(play):
    world = play(HOLIDAYS + rule(WINDOW, 'shop.tag(id: 1, tag: "x")'))
    await world.placed()
    assert world.at == ["Mon 05 08:00"]


async def test_priority_and_stop_after(play):
    world = play(
        rule("priority 1\nwhere order.id > 1", 'log "low"', "L")
        + rule("priority 9\nstop after\nwhere order.total > 5", 'log "high"', "H")
    )
    await world.placed(2, total=10)
    await world.placed(2, total=1)
    assert world.did == ["log: high", "log: low"]
    assert await world.why() == ["a rule before it fired on this event and stops those after it"]


async def test_rehearse_records_effects_and_sends_none(play):
    world = play(
        "event ready\n  id: int\n\n"
        + rule(
            "rehearse",
            'shop.tag(id: 1, tag: "x")\nemit ready {id: 1}\n'
            'ok = approve "?" by "b" up to 1 day\non timeout\n  stop\nlog "{ok}"',
        )
        + 'rule "H"\n  when ready as r\n  do\n    log "heard"\n'
    )
    await world.placed()
    assert world.did == ["tag 1 x", "emit ready 1", "approve approve ? b", "log: true"]


LIMIT = 'limit "calm" at most 2 messages per 1 day per contact else {}\n\n'
SEND = 'shop.send(contact_id: order.id, text: "t")\nlog "sent {order.id}"'


async def test_a_limit_makes_messages_wait(play):
    world = play(LIMIT.format("wait") + rule("", SEND))
    for id_ in (1, 1, 1, 2):
        await world.placed(id_)
    assert [each for each in world.did if each.startswith("log")] == ["log: sent 1", "log: sent 1", "log: sent 2"]
    await world.after(days=2)
    assert (world.did[-1], world.at[-1]) == ("log: sent 1", "Tue 06 08:00")


async def test_a_limit_leaves_messages_out(play):
    world = play(LIMIT.format("skip") + rule("", SEND))
    for _ in range(3):
        await world.placed(1)
    assert [each for each in world.did if each.startswith("send")] == ["send 1 t", "send 1 t"]
    assert world.did[-1] == "log: sent 1"


async def test_a_call_that_one_limit_holds_up_takes_no_place_in_another(play):
    both = 'limit "all" at most 2 messages per 1 day else skip\n' + LIMIT.format("skip").replace("2 m", "1 m")
    world = play(both + rule("", SEND))
    for id_ in (1, 1, 1, 2):
        await world.placed(id_)
    assert [each for each in world.did if each.startswith("send")] == ["send 1 t", "send 2 t"]


async def test_by_hand_by_the_clock_and_by_webhook(play):
    world = play(
        'rule "Hand"\n  when by hand (x: int)\n  do\n    log "hand {x}"\n\n'
        'rule "Clock"\n  when every weekday at 09:30 in "Europe/Madrid"\n  do\n    log "clock"\n\n'
        'rule "Hook"\n  when webhook "signup" as hook\n  do\n    log "hook {text(hook.json["email"])}"\n'
    )
    await world.world.start("rule", "Hand", {"x": 5})
    await world.world.give("webhook.signup", {"json": {"email": "a@b"}, "text": "", "headers": {}, "query": {}})
    await world.after(days=6)
    assert world.did == ["log: hand 5", "log: hook a@b", *["log: clock"] * 5]
    assert world.at[2:] == [f"{day} 08:30" for day in ("Mon 05", "Tue 06", "Wed 07", "Thu 08", "Fri 09")]


async def test_where_holds_for_runs_that_no_event_starts(play):
    world = play(
        'rule "Hand"\n  when by hand (x: int)\n  where x > 5\n  do\n    log "hand {x}"\n\n'
        'rule "Clock"\n  when every day at 09:30 in "Europe/Madrid"\n  where today.weekday == "wednesday"\n  do\n'
        '    log "clock"\n'
    )
    for x in (5, 6):
        await world.world.start("rule", "Hand", {"x": x})
    await world.after(days=7)
    assert (world.did, world.at[1]) == (["log: hand 6", "log: clock"], "Wed 07 08:30")
    assert (await world.why())[0] == "x > 5 does not hold: x is 5"


async def test_rules_that_feed_one_another_come_to_an_end(play):
    world = play(
        'event tick\n  n: int\n\nrule "L"\n  when tick as t\n  where t.n < 1000\n  do\n    emit tick {n: t.n + 1}\n'
    )
    await world.world.give("event.tick", {"n": 0})
    assert (await world.fates())[-1] == ("L", "failed", "too_many_hops")
