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
