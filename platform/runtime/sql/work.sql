-- name: now
select clock_timestamp()

-- name: claim
-- A row that still names a worker was not given back: its lease ended without a word.
with due as materialized (
    select run_id, due_at from live_runs where due_at <= now() order by due_at limit %(limit)s
    for update skip locked
),
taken as (
    update live_runs
    set worker_id = %(worker)s, epoch = epoch + 1, due_at = now() + %(lease)s * interval '1 second',
        crashes = crashes + (worker_id is not null)::integer
    from due where live_runs.run_id = due.run_id
    returning due.due_at as was_due, live_runs.*
)
select
    taken.run_id, taken.workspace_id, taken.epoch, run.graph, run.kind, run.rule, run.origin, taken.status, taken.state,
    run.hops, taken.crashes, now(),
    event.id, event.trigger, event.data, event.received_at, event.connection_id, event.key, event.entity, event.version,
    event.unread, event.publication_id, event.cause_run_id, event.hops, event.loaded,
    step.id, step.run_id, step.seq, step.node, step.what, step.state, step.effect, step.tries, step.input, step.output,
    step.error_code, step.error_message, step.entity, step.version, step.started_at, step.ended_at
from taken
cross join lateral (select * from runs where id = taken.run_id limit 1) as run
left join lateral (select * from events where id = run.event_id limit 1) as event on true
left join lateral (select * from steps where run_id = taken.run_id and id = taken.intent_id limit 1) as step on true
order by taken.was_due

-- name: commit
-- The transitions come sorted by run, so that rows are locked in one order everywhere; `renew` and `release` keep it too.
with given as materialized (
    select * from rows from (
        json_to_recordset(%(transitions)b::json) as (
            run_id uuid, epoch integer, act text, status text, seconds double precision, error_code text,
            error_message text, closes boolean, intent_id uuid, step_id uuid, step_state text, step_tries integer,
            step_version text, step_error_code text, step_error_message text
        ),
        unnest(%(states)b::json[]),
        unnest(%(outputs)b::json[]),
        unnest(%(loaded)b::json[])
    ) as transition (
        run_id, epoch, act, status, seconds, error_code, error_message, closes, intent_id, step_id, step_state,
        step_tries, step_version, step_error_code, step_error_message, state, output, loaded
    )
),
held as materialized (
    select given.*
    from given
    join live_runs on live_runs.run_id = given.run_id and live_runs.epoch = given.epoch
    for update of live_runs
),
settled as (
    update steps
    set state = held.step_state, tries = held.step_tries, version = held.step_version, output = held.output,
        error_code = held.step_error_code, error_message = held.step_error_message,
        ended_at = case when held.step_state <> 'intent' then now() end
    from held where steps.run_id = held.run_id and steps.id = held.step_id
),
written as (
    insert into steps (
        run_id, id, connection_id, ended_at, seq, tries, node, what, state, effect, entity, error_code, error_message,
        input, output
    )
    select
        run_id, id, connection_id, case when state <> 'intent' then now() end, seq, tries, node, what, state, effect,
        entity, error_code, error_message, input, output
    from rows from (
        json_to_recordset(%(steps)b::json) as (
            run_id uuid, id uuid, connection_id uuid, seq integer, tries integer, node text, what text, state text,
            effect text, entity text, error_code text, error_message text
        ),
        unnest(%(inputs)b::json[]),
        unnest(%(step_outputs)b::json[])
    ) as step (
        run_id, id, connection_id, seq, tries, node, what, state, effect, entity, error_code, error_message, input, output
    )
    where (run_id in (select run_id from held)) is true
    on conflict do nothing
),
starting as materialized (
    select * from rows from (
        json_to_recordset(%(runs)b::json) as (
            id uuid, arrival uuid, event_id uuid, parent_id uuid, hops integer, delay double precision, graph text,
            kind text, rule text, origin text, status text
        ),
        unnest(%(run_states)b::json[])
    ) as run (id, run_id, event_id, parent_id, hops, delay, graph, kind, rule, origin, status, state)
    where (run_id in (select run_id from held)) is true
),
started as (
    insert into runs (id, event_id, parent_id, hops, graph, kind, rule, origin)
    select id, event_id, parent_id, hops, graph, kind, rule, origin from starting
    on conflict do nothing
    returning id
),
live as (
    insert into live_runs (run_id, due_at, status, state)
    select id, now() + delay * interval '1 second', status, state from starting
    where (id in (select id from started)) is true
    on conflict do nothing
),
read_events as (
    update events set loaded = held.loaded
    from held
    cross join lateral (select event_id from runs where id = held.run_id limit 1) as run
    where held.loaded is not null and events.id = run.event_id
),
went_on as (
    update live_runs
    set state = coalesce(held.state, live_runs.state), status = held.status,
        due_at = case when held.act = 'go' then live_runs.due_at else now() + held.seconds * interval '1 second' end,
        worker_id = case when held.act = 'go' then live_runs.worker_id end,
        crashes = case when held.act = 'go' then live_runs.crashes else 0 end,
        intent_id = coalesce(held.intent_id, case when held.closes is not true then live_runs.intent_id end)
    from held where live_runs.run_id = held.run_id and held.act <> 'end'
),
gone as (
    delete from live_runs using held where live_runs.run_id = held.run_id and held.act = 'end'
),
ended as (
    update runs
    set ended_at = now(), ended_epoch = held.epoch, outcome = held.status, error_code = held.error_code,
        error_message = held.error_message
    from held where runs.id = held.run_id and held.act = 'end'
)
select given.run_id
from given
left join lateral (select ended_epoch from runs where id = given.run_id limit 1) as run on true
where (given.run_id in (select run_id from held)) is false and run.ended_epoch is distinct from given.epoch

-- name: renew
with mine as materialized (
    select run_id from live_runs
    where due_at > now() and due_at <= now() + %(lease)s * interval '1 second' and worker_id = %(worker)s
    order by run_id
    for update
)
update live_runs set due_at = now() + %(lease)s * interval '1 second'
from mine where live_runs.run_id = mine.run_id

-- name: release
with mine as materialized (
    select run_id from live_runs
    where due_at <= now() + %(longest)s * interval '1 second' and worker_id = %(worker)s
    order by run_id
    for update
)
update live_runs set worker_id = null, crashes = 0, due_at = now()
from mine where live_runs.run_id = mine.run_id

-- name: once
insert into once_keys as held (rule, key_hash, run_id, expires_at)
values (%(rule)s, %(key_hash)s, %(run)s, now() + %(within)s * interval '1 second')
on conflict (workspace_id, rule, key_hash) do update
set run_id = excluded.run_id,
    expires_at = case when held.run_id = excluded.run_id then held.expires_at else excluded.expires_at end
where held.expires_at <= now() or held.run_id = excluded.run_id
returning run_id

-- name: load
select
    count(*) filter (where due_at <= now()),
    count(*) filter (where due_at > now() and worker_id is not null),
    coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0)::double precision
from live_runs
where due_at <= now() + %(longest)s * interval '1 second'

-- name: heartbeat
insert into workers as known (id, name, claimed, seen_at, progress_at)
values (%(worker)s, %(name)s, %(claimed)s, now(), now())
on conflict (workspace_id, id) do update
set name = excluded.name, claimed = excluded.claimed, seen_at = now(),
    progress_at = case when %(progressed)s then now() else known.progress_at end

-- name: workers
select id, name, started_at, seen_at, progress_at, claimed
from workers where seen_at > now() - interval '10 minutes' order by id
