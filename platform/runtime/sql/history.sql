-- name: event
select
    id, trigger, data, received_at, connection_id, key, entity, version, unread, publication_id, cause_run_id, hops,
    (select loaded from event_loads where event_id = events.id)
from events where id = %(id)s

-- name: events
select
    id, trigger, data, received_at, connection_id, key, entity, version, unread, publication_id, cause_run_id, hops,
    (select loaded from event_loads where event_id = events.id)
from events
where {filters}
order by id desc
limit %(limit)s

-- name: runs
select
    runs.id, runs.rule, runs.kind, runs.graph, coalesce(ended.outcome, live.status), runs.created_at, runs.event_id,
    runs.parent_id, ended.ended_at, live.due_at, ended.error_code, ended.error_message, runs.hops,
    (select output from run_outputs where run_id = runs.id)
from runs
left join lateral (select * from run_ends where run_id = runs.id limit 1) as ended on true
left join lateral (select * from live_runs where run_id = runs.id limit 1) as live on true
where {filters}
order by runs.id desc
limit %(limit)s

-- name: steps
select
    steps.id, steps.run_id, seq, node, what, coalesce(outcome.state, steps.state), effect,
    coalesce(outcome.tries, steps.tries), input, coalesce(outcome.output, steps.output),
    coalesce(outcome.error_code, steps.error_code), coalesce(outcome.error_message, steps.error_message),
    entity, outcome.version, started_at,
    case
        when steps.state <> 'intent' then started_at
        when outcome.state <> 'intent' then outcome.written_at
    end
from steps
left join lateral (
    select * from step_outcomes where run_id = steps.run_id and step_id = steps.id limit 1
) as outcome on true
where steps.run_id = %(run)s
order by seq, steps.id
