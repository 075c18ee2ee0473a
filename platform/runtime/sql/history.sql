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

-- name: fates
select given.id, array_agg(run.id order by run.id) filter (where coalesce(ended.outcome, live.status) <> 'matching')
from json_to_recordset(%(events)b::json) as given (id uuid)
cross join lateral (select id from runs where event_id = given.id offset 0) as run
left join lateral (select outcome from run_ends where run_id = run.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = run.id limit 1) as live on true
where coalesce(ended.outcome, live.status) <> 'suppressed'
group by given.id

-- name: runs
-- `sources` are the ids of the newest of each kind; one may be among several.
with page as materialized (
    select distinct id from ({sources}) as found order by id desc limit %(limit)s
)
select
    run.id, run.rule, run.kind,
    coalesce((select graph from run_moves where run_id = run.id order by moved_at desc limit 1), run.graph),
    coalesce(ended.outcome, live.status), run.created_at, run.event_id,
    run.parent_id, ended.ended_at, live.due_at, ended.error_code, ended.error_message, run.hops,
    (select output from run_outputs where run_id = run.id)
from page
cross join lateral (select * from runs where id = page.id limit 1) as run
left join lateral (select * from run_ends where run_id = page.id limit 1) as ended on true
left join lateral (select * from live_runs where run_id = page.id limit 1) as live on true
order by run.id desc

-- name: versions
select created_at, graph from runs where id = %(run)s
union all
select moved_at, graph from run_moves where run_id = %(run)s
order by 1

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
