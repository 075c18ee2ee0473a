-- name: outcomes
select rule, outcome, count(*) from run_ends
where run_id >= %(since)s and rule is not null group by rule, outcome

-- name: live_counts
select rule, status, count(*), max(run_id::text collate "C")::uuid from live_runs where status is not null group by rule, status

-- name: last_runs
select given.name, ended.run_id
from json_array_elements_text(%(names)b::json) as given (name)
cross join unnest(array['done', 'failed', 'stopped']) as over (outcome)
cross join lateral (
    select run_id from run_ends where rule = given.name and outcome = over.outcome order by run_id desc limit 1
) as ended

-- name: begun
select id, created_at from runs where id = any (array(select id from json_to_recordset(%(ids)b::json) as given (id uuid)))

-- name: places
select rule, state ->> 'at', status, count(*), min(due_at)
from (
    select rule, state, status, due_at from live_runs
    where status is not null and rule = any (array(select json_array_elements_text(%(names)b::json)))
    limit %(most)s
) as live
group by 1, 2, 3

-- name: windows_used
select given.line, known.total - coalesce((
    select sum(amount) from window_uses
    where line = given.line and used_at <= now() - given.span * interval '1 second'
), 0)
from json_to_recordset(%(lines)b::json) as given (line uuid, span double precision)
cross join lateral (select total from windows where line = given.line limit 1) as known
