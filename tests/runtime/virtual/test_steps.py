from __future__ import annotations

from treadle.runtime.scripted import Fails, Returns, Unclear

HEAD = 'rule "R"\n  when shop.placed as order\n  do\n'
ORDER = {"id": 7, "total": 5, "stage": "New", "tags": ["a"]}


def rule(body: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))


async def test_together_runs_all_and_its_names_join(play):
    world = play(
        rule("""
together
  a = shop.get(id: 1)
  b = shop.get(id: 2)
  log "beside"
log "{a.id} {b.id}"
""")
    )
    world.replies["shop.get"] = [Returns(ORDER), Returns(ORDER | {"id": 8})]
    await world.placed()
    assert world.did == ["log: beside", "get 1", "get 2", "log: 7 8"]
    assert await world.fates() == [("R", "done", None)]


async def test_together_lets_all_finish_before_a_failure_counts(play):
    world = play(rule('together\n  shop.charge(id: 1)\n  shop.tag(id: 2, tag: "x")\nlog "never"'))
    world.replies["shop.charge"] = [Fails("no_money", "There is no money.")]
    await world.placed()
    assert world.did == ["charge 1", "tag 2 x", "fail: There is no money."]
    assert await world.fates() == [("R", "failed", "no_money")]


async def test_a_branch_of_together_may_wait_while_another_goes_on(play):
    world = play(rule('together\n  wait 1 hour\n  shop.tag(id: 1, tag: "soon")\nshop.tag(id: 1, tag: "late")'))
    await world.placed()
    assert world.did == ["tag 1 soon"]
    await world.after(hours=2)
    assert list(zip(world.did, world.at, strict=True)) == [
        ("tag 1 soon", "Mon 05 08:00"),
        ("tag 1 late", "Mon 05 09:00"),
    ]


async def test_for_each_goes_through_in_order_and_bounded(play):
    world = play(
        rule('for each tag in order.tags up to 2 at once\n  shop.tag(id: 1, tag: tag)\n  wait 1 hour\nlog "end"')
    )
    await world.placed(tags=["a", "b", "c"])
    assert world.did == ["tag 1 a", "tag 1 b"]
    await world.after(hours=3)
    assert world.did == ["tag 1 a", "tag 1 b", "tag 1 c", "log: end"]
    assert world.at[-2:] == ["Mon 05 09:00", "Mon 05 10:00"]


async def test_for_each_starts_no_more_items_after_a_failure(play):
    world = play(rule("for each tag in order.tags\n  shop.tag(id: 1, tag: tag)"))
    world.replies["shop.tag"] = [Returns(), Fails("bad_tag", "Bad.")]
    await world.placed(tags=["a", "b", "c"])
    assert world.did == ["tag 1 a", "tag 1 b", "fail: Bad."]


async def test_for_each_over_nothing_goes_on(play):
    world = play(rule('for each tag in order.tags\n  log tag\nlog "end"'))
    await world.placed()
    assert world.did == ["log: end"]


async def test_loops_in_loops_and_names_that_stay_inside(play):
    world = play(
        rule("""
for each a in order.tags
  for each b in order.tags
    c = "{a}{b}"
    log c
""")
    )
    await world.placed(tags=["x", "y"])
    assert world.did == ["log: xx", "log: xy", "log: yx", "log: yy"]


async def test_try_hands_the_failure_to_its_handler(play):
    world = play(
        rule("""
try
  shop.charge(id: order.id)
  log "never"
on error as e
  log "{e.code} {e.message} {e.unknown}"
log "behind"
""")
    )
    world.replies["shop.charge"] = [Fails("no_money", "None left.")]
    await world.placed()
    assert world.did == ["charge 1", "log: no_money None left. false", "log: behind"]
    assert await world.fates() == [("R", "done", None)]


async def test_an_unknown_outcome_meets_the_handler_and_is_not_called_failed(play):
    world = play(rule('try\n  shop.charge(id: 1)\non error as e\n  log "unknown {e.unknown}"'))
    world.replies["shop.charge"] = [Unclear()]
    await world.placed()
    assert world.did == ["charge 1", "log: unknown true"]
    (run,) = await world.world.runs()
    assert next(step.state for step in await world.world.steps(run.id)) == "unknown"


async def test_an_unknown_outcome_without_a_handler_waits_for_a_person(play):
    world = play(rule('shop.charge(id: 1)\nlog "never"'))
    world.replies["shop.charge"] = [Unclear()]
    await world.placed()
    await world.after(days=3)
    assert await world.fates() == [("R", "unknown", None)]


async def test_fail_is_caught_and_stop_is_not(play):
    world = play(
        rule('try\n  fail "first"\non error as e\n  log e.message\ntry\n  stop\non error as e2\n  log "never"')
    )
    await world.placed()
    assert world.did == ["log: first"]
    assert await world.fates() == [("R", "done", None)]


async def test_a_failure_in_a_handler_goes_further_out(play):
    world = play(
        rule("""
try
  try
    fail "inner"
  on error as a
    fail "outer"
on error as b
  log b.message
""")
    )
    await world.placed()
    assert world.did == ["log: outer"]


async def test_a_failure_in_a_loop_meets_the_try_around_the_loop(play):
    world = play(
        rule("""
try
  for each tag in order.tags
    shop.tag(id: 1, tag: tag)
on error as e
  log e.code
""")
    )
    world.replies["shop.tag"] = [Fails("bad_tag", "Bad.")]
    await world.placed(tags=["a", "b"])
    assert world.did == ["tag 1 a", "log: bad_tag"]


async def test_match_takes_the_first_case_that_fits(play):
    world = play(rule('match order.id\n  case 1, 2\n    log "low"\n  case 3\n    log "three"\n  else\n    log "high"'))
    for id_ in (2, 3, 4):
        await world.placed(id_)
    assert world.did == ["log: low", "log: three", "log: high"]


async def test_stop_in_a_branch_ends_the_run_when_the_others_were_answered(play):
    world = play(rule('together\n  shop.tag(id: 1, tag: "x")\n  stop\nlog "never"'))
    await world.placed()
    assert await world.fates() == [("R", "done", None)]
    assert "log: never" not in world.did


async def test_wait_until(play):
    world = play(rule('wait until now + 90 min\nlog "then"\nwait until now - 1 day\nlog "at once"'))
    await world.placed()
    await world.after(hours=2)
    assert world.at == ["Mon 05 09:30", "Mon 05 09:30"]


WAITS = rule("""
wait for shop.moved as move where move.id == order.id up to 3 days
on timeout
  log "nothing came"
log "stage {move?.stage ?? "none"}"
""")


async def test_wait_for_goes_on_with_the_event_that_is_meant(play):
    world = play(WAITS)
    await world.placed(7)
    await world.moved(8, "Other")
    await world.after(hours=1)
    assert world.did == []
    await world.moved(7, "Won")
    assert world.did == ["log: stage Won"]
    await world.after(days=5)
    assert world.did == ["log: stage Won"]


async def test_wait_for_takes_its_other_way_when_nothing_comes(play):
    world = play(WAITS)
    await world.placed(7)
    await world.after(days=4)
    assert world.did == ["log: nothing came", "log: stage none"]
    assert world.at[0] == "Thu 08 08:00"


async def test_wait_for_hears_only_what_the_arguments_say(play):
    world = play(
        rule("""
wait for shop.moved(stage: "Won") as move where move.id == order.id up to 1 day
on timeout
  stop
log "won"
""")
    )
    await world.placed()
    await world.moved(1, "Lost")
    assert world.did == []
    await world.moved(1, "Won")
    assert world.did == ["log: won"]


APPROVE = rule("""
ok = approve "Ship {order.id}?" by "boss" up to 2 days
on timeout
  fail "nobody decided"
if ok
  log "yes"
else
  log "no"
""")


async def test_approve_goes_on_with_what_the_person_says(play):
    world = play(APPROVE)
    world.answers = [True, False]
    await world.placed(1)
    await world.placed(2)
    assert world.did == ["approve approve Ship 1? boss", "log: yes", "approve approve Ship 2? boss", "log: no"]


async def test_approve_times_out_and_cannot_be_decided_then(play):
    world = play(APPROVE)
    await world.placed()
    await world.after(days=3)
    assert world.did[-1] == "fail: nobody decided"
    (row,) = await world.world.store.approvals(open_only=False)
    assert row.state == "closed"


SEQUENCE = 'sequence "S"(n: int)\n  do\n    if n > 5\n      fail "too big"\n    wait 1 hour\n    return n * 2\n\n'


async def test_run_waits_for_what_the_sequence_returns(play):
    world = play(SEQUENCE + rule('x = run "S"(n: 4)\nlog "{x ?? 0}"'))
    await world.placed()
    assert world.did == ["start S 4"]
    await world.after(hours=2)
    assert (world.did[-1], world.at[-1]) == ("log: 8", "Mon 05 09:00")


async def test_a_failed_sequence_is_the_failure_of_its_run_step(play):
    world = play(SEQUENCE + rule('try\n  x = run "S"(n: 6)\n  log "{x ?? 0}"\non error as e\n  log "{e.message}"'))
    await world.placed()
    assert world.did == ["start S 6", "fail: too big", "log: too big"]


async def test_start_goes_on_at_once(play):
    world = play(SEQUENCE + rule('start "S"(n: 1)\nlog "on"'))
    await world.placed()
    assert world.did == ["start S 1", "log: on"]


async def test_cancel_ends_the_live_one_of_that_key(play):
    slow = 'sequence "Slow"(n: int)\n  one at a time per n else skip\n  do\n    wait 1 day\n    log "woke {n}"\n\n'
    canceller = '\nrule "C"\n  when shop.moved as move\n  do\n    cancel "Slow" for move.id\n'
    world = play(slow + rule('start "Slow"(n: order.id)') + canceller)
    await world.placed(1)
    await world.placed(2)
    await world.moved(1)
    await world.after(days=2)
    assert [each for each in world.did if each.startswith("log")] == ["log: woke 2"]
    assert ("Slow", "stopped", "cancelled") in await world.fates()


async def test_emit_is_heard_by_other_rules_and_by_waiting_runs(play):
    event = "event ready\n  id: int\n\n"
    hears = '\nrule "H"\n  when ready as r\n  where r.id > 1\n  do\n    log "heard {r.id}"\n'
    waits = (
        '\nrule "W"\n  when shop.moved as move\n  do\n    wait for ready as r where r.id == move.id up to 1 day\n'
        '    on timeout\n      stop\n    log "waited for {r.id}"\n'
    )
    world = play(event + rule("emit ready {id: order.id}") + hears + waits)
    await world.moved(3)
    await world.placed(1)
    await world.placed(3)
    assert world.did[:2] == ["emit ready 1", "emit ready 3"]
    assert sorted(world.did[2:]) == ["log: heard 3", "log: waited for 3"]


async def test_a_name_of_an_action_without_a_result_is_missing_not_unbound(play):
    world = play(rule('found = shop.get(id: 1)\nlog "{found.id}"'))
    world.replies["shop.get"] = [Returns(ORDER)]
    await world.placed()
    assert world.did == ["get 1", "log: 7"]


async def test_others_go_on_while_one_waits_for_a_person(play):
    world = play(rule('together\n  shop.charge(id: 1)\n  wait 1 day\nlog "never"'))
    world.replies["shop.charge"] = [Unclear()]
    await world.placed()
    await world.after(days=3)
    assert await world.fates() == [("R", "unknown", None)]


async def test_an_end_leaves_what_is_unknown_as_it_is(play):
    stops = HEAD.replace("  do\n", "  stop when shop.message as m where m.contact_id == order.id\n  do\n")
    world = play(stops + "    shop.charge(id: 1)\n")
    world.replies["shop.charge"] = [Unclear()]
    await world.placed()
    await world.message(1)
    assert await world.fates() == [("R", "stopped", "stop_when")]
    (run,) = await world.world.runs()
    (step,) = await world.world.steps(run.id)
    assert (step.state, step.error.code) == ("unknown", "unknown")


async def test_a_run_has_a_bound_of_steps(play):
    many = f"[{', '.join(['1'] * 60)}]"
    world = play(rule(f'for each a in {many}\n  for each b in {many}\n    for each c in {many}\n      log "x"'))
    await world.placed()
    ((_, status, code),) = await world.fates()
    assert (status, code) == ("failed", "limit")


async def test_an_agent_is_asked_and_its_answer_has_its_type(play):
    agent = (
        'agent judge\n  model shop "m"\n  instructions "Judge."\n  returns {score: int}\n'
        "  budget 1 usd per order.id\n\n"
    )
    world = play(agent + rule('v = ask judge "Is {order.id} good?"\nlog "{v.score + 1}"'))
    world.replies["judge"] = [Returns({"score": 41}), Fails("refused", "No.")]
    await world.placed(1)
    await world.placed(2)
    assert world.did == ["ask judge Is 1 good? [1]", "log: 42", "ask judge Is 2 good? [2]", "fail: No."]
