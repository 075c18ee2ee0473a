-- name: changes
-- What became visible since the snapshot `since`, up to the snapshot `upto` if there is one. Always a row, for the new
-- snapshot; the last column says that `since` is of a later time than ours.
select
    look.snapshot::text, look.at, seen.events, seen.runs, seen.steps, seen.told,
    pg_snapshot_xmax(%(since)s::pg_snapshot) > pg_snapshot_xmax(look.snapshot)
from (
    select pg_current_snapshot() as snapshot, extract(epoch from now())::double precision as at
) as look
left join lateral (
    select events, runs, steps, told from changes
    where xid >= pg_snapshot_xmin(%(since)s::pg_snapshot) and not pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
        and (%(upto)s::pg_snapshot is null or pg_visible_in_snapshot(xid, %(upto)s::pg_snapshot))
    order by xid limit %(most)s
) as seen on true

-- name: changes_now
select pg_current_snapshot()::text, extract(epoch from now())::double precision

-- name: changed_runs
select given.id, run.rule, coalesce(ended.outcome, live.status)
from json_to_recordset(%(runs)b::json) as given (id uuid)
cross join lateral (select rule from runs where runs.id = given.id limit 1) as run
left join lateral (select outcome from run_ends where run_id = given.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = given.id limit 1) as live on true

-- name: changed_steps
select given.run_id, given.id, run.rule, coalesce(outcome.state, step.state)
from json_to_recordset(%(steps)b::json) as given (run_id uuid, id uuid)
cross join lateral (select state from steps where run_id = given.run_id and id = given.id limit 1) as step
cross join lateral (select rule from runs where runs.id = given.run_id limit 1) as run
left join lateral (
    select state from step_outcomes where run_id = given.run_id and step_id = given.id limit 1
) as outcome on true

-- name: sweep_changes
-- Old ones that are added up, the first of them at most so many.
delete from changes where ctid = any (array(
    select first.ctid from (select ctid, xid, at from changes order by xid limit %(most)s) as first
    where first.at < now() - %(kept)s * interval '1 second'
        and pg_visible_in_snapshot(
            first.xid, coalesce((select upto from figures_read limit 1), pg_current_snapshot())
        )
))

-- name: begin_figures
insert into figures_read (added_at, upto) values (now() - interval '1 hour', pg_current_snapshot()) on conflict do nothing

-- name: add_figures
-- Each change is counted by the one who moves `upto` behind it, in the commit that counts it. Who comes second finds the
-- row locked, or too young. Durations are those of some runs; a bucket's bounds are powers of `growth`, in milliseconds.
-- What the queue was like is kept as the most that it was.
with held as materialized (
    select upto from figures_read where added_at < now() - %(young)s * interval '1 second' for update skip locked
),
price as materialized (
    select what, path, amount, currency
    from json_to_recordset(%(prices)b::json) as given (what text, path text[], amount numeric, currency text)
),
seen as materialized (
    select changes.events, changes.runs, changes.steps
    from held
    cross join lateral (
        select * from changes
        where xid >= pg_snapshot_xmin(held.upto) and not pg_visible_in_snapshot(xid, held.upto)
    ) as changes
),
ended as materialized (
    select told.run_id, over.ended_at, over.outcome
    from (
        select distinct pair.run_id from seen cross join lateral unnest(seen.runs, seen.steps) as pair (run_id, step_id)
        where pair.step_id is null
    ) as told
    cross join lateral (select ended_at, outcome from run_ends where run_id = told.run_id limit 1) as over
),
timed as materialized (
    select few.ended_at, did.first - run.created_at as start, did.busy
    from (select * from ended where outcome <> 'suppressed' order by run_id desc limit %(some)s) as few
    cross join lateral (select created_at from runs where id = few.run_id limit 1) as run
    cross join lateral (
        select min(steps.started_at) as first, sum(outcome.written_at - steps.started_at) as busy
        from steps
        left join lateral (
            select written_at from step_outcomes where run_id = steps.run_id and step_id = steps.id limit 1
        ) as outcome on true
        where steps.run_id = few.run_id
    ) as did
),
paid as materialized (
    select
        pair.run_id, step.what, price.currency, coalesce(outcome.written_at, step.started_at) as written_at,
        case when told.cost ~ '^\d{1,9}(\.\d{1,30})?$' then told.cost::numeric end as cost
    from (
        select distinct told.run_id, told.step_id
        from seen cross join lateral unnest(seen.runs, seen.steps) as told (run_id, step_id)
    ) as pair
    cross join lateral (
        select what, state, started_at, output from steps where run_id = pair.run_id and id = pair.step_id limit 1
    ) as step
    join price on price.what = case when step.what like 'ask %%' then 'ask' else step.what end
    left join lateral (
        select state, written_at, output from step_outcomes
        where run_id = pair.run_id and step_id = pair.step_id limit 1
    ) as outcome on true
    cross join lateral (
        select coalesce(price.amount::text, coalesce(outcome.output, step.output) #>> price.path) as cost
    ) as told
    where pair.step_id is not null and coalesce(outcome.state, step.state) = 'done'
),
spent as (
    insert into spend as known (hour, rule, what, currency, calls, amount)
    select
        to_timestamp(floor(extract(epoch from paid.written_at) / 3600) * 3600), run.rule, paid.what, paid.currency,
        count(*), sum(paid.cost)
    from paid cross join lateral (select rule from runs where id = paid.run_id limit 1) as run
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (workspace_id, hour, rule, what, currency) do update
    set calls = known.calls + excluded.calls,
        amount = coalesce(known.amount + excluded.amount, known.amount, excluded.amount)
),
found (at, name, bucket, amount) as (
    select now(), 'events', 0, sum(cardinality(events)) from seen
    union all
    select ended_at, 'runs.' || outcome, 0, 1 from ended
    union all
    select ended_at, took.name,
        floor(ln(greatest(extract(epoch from took.long) * 1000, 1)) / ln(%(growth)s::numeric))::integer, 1
    from timed cross join lateral (values ('start', start), ('busy', busy)) as took (name, long)
    where took.long is not null
    union all
    select written_at, 'spend', 0, cost::double precision from paid where currency = 'usd'
    union all
    select now(), most.name, 0, most.amount
    from held
    cross join lateral (
        select count(*) as due, coalesce(extract(epoch from now() - min(due_at)), 0) as late
        from live_runs where due_at <= now()
    ) as queue
    cross join lateral (select count(*) as alive from workers where seen_at > now() - interval '15 seconds') as group_
    cross join lateral (
        values ('most.due', due::double precision), ('most.late', late::double precision), ('most.workers', alive)
    ) as most (name, amount)
),
summed as (
    select
        to_timestamp(floor(extract(epoch from at) / span) * span) as at, span, bucket, name,
        case when name like 'most.%%' then max(amount) else sum(amount) end as amount
    from found cross join (values (60), (900), (3600), (21600), (86400)) as spans (span)
    where amount is not null
    group by 1, 2, 3, 4
),
added as (
    insert into figures as known (at, span, bucket, name, amount)
    select at, span, bucket, name, amount from summed order by span, at, name, bucket
    on conflict (workspace_id, span, at, name, bucket) do update
    set amount = case
        when known.name like 'most.%%' then greatest(known.amount, excluded.amount)
        else known.amount + excluded.amount
    end
)
update figures_read set added_at = now(), upto = pg_current_snapshot() where exists (select from held)

-- name: sweep_figures
delete from figures as old
using json_to_recordset(%(kept)b::json) as given (span integer, days integer)
where old.span = given.span and old.at < now() - given.days * interval '1 day'

-- name: sweep_spend
delete from spend where hour < now() - %(days)s * interval '1 day'

-- name: spent
-- The hour in which the time begins counts whole.
select rule, what, currency, sum(calls)::bigint, sum(amount) from spend
where hour > %(since)s::timestamptz - interval '1 hour'
group by rule, what, currency

-- name: figures
select at, name, array_agg(bucket), array_agg(amount)
from figures
where span = %(span)s and at >= %(since)s::timestamptz and at < %(until)s::timestamptz
group by at, name order by at

-- name: unknown_runs
select count(*) from live_runs where status = 'unknown'
