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

-- name: note
insert into steps (run_id, id, seq, tries, node, what, state, error_code, error_message)
select step.run_id, step.id, step.seq, step.tries, step.node, step.what, step.state, step.error_code, step.error_message
from json_to_recordset(%(step)b::json) as step (
    run_id uuid, id uuid, seq integer, tries integer, node text, what text, state text, error_code text,
    error_message text
)
where exists (select from runs where id = %(run)s)
on conflict do nothing

-- name: originate
insert into run_origins (run_id, retry_of, args)
select %(run)s, %(of)s::uuid, args from unnest(%(args)b::json[]) as given (args)
on conflict do nothing

-- name: origin
select retry_of, args, bulk_id from run_origins where run_id = %(run)s

-- name: copy_steps
insert into steps (run_id, id, seq, tries, node, what, state, error_code, error_message, input, output)
select run_id, id, seq, tries, node, what, state, error_code, error_message, input, output
from rows from (
    json_to_recordset(%(steps)b::json) as (
        run_id uuid, id uuid, seq integer, tries integer, node text, what text, state text, error_code text,
        error_message text
    ),
    unnest(%(inputs)b::json[]),
    unnest(%(outputs)b::json[])
) as step (run_id, id, seq, tries, node, what, state, error_code, error_message, input, output)
on conflict do nothing
