-- name: state
select state from live_runs where run_id = %(run)s

-- name: lock_run
select run_id from live_runs where run_id = %(run)s for update

-- name: resolve
-- The run's row is locked, so nobody else writes about the call or says anything about it.
insert into resolutions (id, run_id, step_id, how, who, reason)
select %(id)s, run_id, step_id, %(how)s, %(who)s, %(reason)s::text
from step_outcomes
where run_id = %(run)s and step_id = %(step)s and state = 'unknown' and written_at = %(since)s and not exists (
    select from signals where run_id = %(run)s and kind = 'resolved' and source = %(step)s
)
returning id

-- name: pending_resolution
select id, step_id, how, who, reason, at from resolutions
where run_id = %(run)s and step_id = %(step)s and exists (
    select from signals where run_id = %(run)s and kind = 'resolved' and source = %(step)s
)
order by at desc, id desc limit 1

-- name: resolutions
select id, step_id, how, who, reason, at from resolutions where run_id = %(run)s order by at, id
