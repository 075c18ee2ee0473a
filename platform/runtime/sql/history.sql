-- name: event
select
    id, trigger, data, received_at, connection_id, key, entity, version, unread, publication_id, cause_run_id, hops,
    loaded
from events where id = %(id)s

-- name: events
select
    id, trigger, data, received_at, connection_id, key, entity, version, unread, publication_id, cause_run_id, hops,
    loaded
from events
where {filters}
order by id desc
limit %(limit)s

-- name: run
select
    runs.id, runs.rule, runs.kind, runs.graph, coalesce(runs.outcome, live.status), runs.created_at, runs.event_id,
    runs.parent_id, runs.ended_at, live.due_at, runs.error_code, runs.error_message, runs.hops
from runs
left join lateral (select * from live_runs where run_id = runs.id limit 1) as live on true
where runs.id = %(id)s

-- name: runs
select
    runs.id, runs.rule, runs.kind, runs.graph, coalesce(runs.outcome, live.status), runs.created_at, runs.event_id,
    runs.parent_id, runs.ended_at, live.due_at, runs.error_code, runs.error_message, runs.hops
from runs
left join lateral (select * from live_runs where run_id = runs.id limit 1) as live on true
where {filters}
order by runs.id desc
limit %(limit)s

-- name: steps
select
    id, run_id, seq, node, what, state, effect, tries, input, output, error_code, error_message, entity, version,
    started_at, ended_at
from steps where run_id = %(run)s order by seq, id
