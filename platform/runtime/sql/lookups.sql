-- name: retried_by
select run_id from run_origins where retry_of = %(run)s order by run_id

-- name: unknowns
-- `sources` are the rows of live_runs that stand still; one may have several such calls.
select
    live.run_id, live.rule, steps.id, steps.seq, steps.node, steps.what, steps.effect, outcome.tries, steps.input,
    outcome.error_code, outcome.error_message, steps.entity, outcome.written_at, live.state,
    exists (select from signals where run_id = live.run_id and kind = 'resolved' and source = steps.id)
from (
    select run_id, rule, state from live_runs
    where status = 'unknown' and {filters} order by run_id desc limit %(limit)s
) as live
cross join lateral (
    select * from step_outcomes where run_id = live.run_id and state = 'unknown' offset 0
) as outcome
cross join lateral (
    select * from steps where run_id = live.run_id and id = outcome.step_id limit 1
) as steps
order by live.run_id desc, steps.seq

-- name: last_still
-- The last run of the page, whether it has such a call in its history or not.
select run_id from live_runs where status = 'unknown' and {filters} order by run_id desc offset %(limit)s - 1 limit 1
