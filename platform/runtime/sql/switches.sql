-- name: switch_rule
with unswitched as (
    delete from rule_switches where rule = %(rule)s and %(to)s::text is null
),
switched as (
    insert into rule_switches (rule, state) select %(rule)s, %(to)s where %(to)s::text is not null
    on conflict (workspace_id, rule) do update set state = excluded.state, switched_at = now()
),
told as (
    insert into rule_switchings (rule, state) values (%(rule)s, coalesce(%(to)s::text, 'on'))
)
insert into schedules (key, planned_at)
select key, now() from json_array_elements_text(%(begins)b::json) as given (key) order by key
on conflict (workspace_id, key) do update set planned_at = excluded.planned_at
where schedules.planned_at < excluded.planned_at

-- name: switches
select rule, state from rule_switches

-- name: live_runs
-- A thread of a run may have a call open though the run itself names none; the state says so. Only runs of that name are
-- looked up, for what else sleeps may be a million.
select
    live.run_id, live.epoch,
    live.worker_id is not null or live.intent_id is not null or live.state::text like '%%"attempt":%%'
from live_runs as live
cross join lateral (select kind from runs where id = live.run_id limit 1) as run
where live.rule = %(rule)s and run.kind = 'rule' and live.status <> 'unknown'
order by live.run_id
