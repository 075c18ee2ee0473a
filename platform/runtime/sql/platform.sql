-- name: sight
-- Who saw the key first, of those between whom it never went unseen for longer than its time.
insert into once_keys as held (rule, key_hash, run_id, expires_at)
values (%(kind)s, %(key_hash)s, %(run)s, now() + %(within)s * interval '1 second')
on conflict (workspace_id, rule, key_hash) do update
set run_id = case when held.expires_at > now() then held.run_id else excluded.run_id end,
    expires_at = excluded.expires_at
returning run_id

-- name: window_total
select total from windows where line = %(line)s

-- name: sign_off
-- The row stays and says that it is not to be missed.
update workers set seen_at = '-infinity' where id = %(worker)s

-- name: silent
select id, name, started_at, seen_at, progress_at, claimed
from workers where seen_at < now() - %(within)s * interval '1 second' and seen_at > now() - interval '1 day'
order by id limit 100

-- name: slow_steps
-- Calls under way, by the rows that workers hold; a call that rests until its next try is held by nobody.
select
    held.run_id, step.id, step.node,
    extract(epoch from now() - coalesce(outcome.written_at, step.started_at))::double precision as seconds
from (
    select run_id, intent_id from live_runs
    where due_at > now() and due_at <= now() + %(longest)s * interval '1 second' and worker_id is not null
        and intent_id is not null
) as held
cross join lateral (select * from steps where run_id = held.run_id and id = held.intent_id limit 1) as step
left join lateral (
    select * from step_outcomes where run_id = held.run_id and step_id = held.intent_id limit 1
) as outcome on true
where coalesce(outcome.state, step.state) = 'intent'
    and coalesce(outcome.written_at, step.started_at) < now() - %(longer)s * interval '1 second'
limit 100

-- name: overdue
select run_id, null::uuid, null::text, extract(epoch from now() - due_at)::double precision
from live_runs where due_at < now() - %(longer)s * interval '1 second' order by due_at limit 1

-- name: unattended
-- Slow: looks at every run that there is.
with live as materialized (
    select run_id, due_at, worker_id from live_runs
),
found (what, count) as (
    select 'runs', count(*) from runs
    where not exists (select from live where run_id = runs.id)
        and not exists (select from run_ends where run_id = runs.id)
    union all
    select 'leases', count(*) from live
    where worker_id is not null and due_at > now() + %(longest)s * interval '1 second'
    union all
    select 'waits', count(*) from live where due_at > now() + interval '400 days'
    union all
    select 'listens', count(*) from listens where not exists (select from live where run_id = listens.run_id)
    union all
    select 'signals', count(*) from signals where not exists (select from live where run_id = signals.run_id)
    union all
    select 'turns', count(*) from turns where not exists (select from live where run_id = turns.run_id)
    union all
    select 'approvals', count(*) from approvals
    where state = 'open' and not exists (select from live where run_id = approvals.run_id)
)
select what, count from found where count > 0

-- name: root
with recursive line (run_id, before, links) as (
    select id, coalesce(parent_id, (select cause_run_id from events where id = runs.event_id)), 0
    from runs where id = %(run)s
    union all
    select run.id, coalesce(run.parent_id, (select cause_run_id from events where id = run.event_id)), links + 1
    from line
    cross join lateral (select * from runs where id = line.before limit 1) as run
    where links < 100
)
select run_id from line order by links desc limit 1
