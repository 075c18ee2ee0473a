-- name: now
select clock_timestamp()

-- name: claim
-- A row that still names a worker was not given back: its lease ended without a word.
-- `suspects` is how many such ends make a suspect, `wanted` whether those are wanted, others, or (null) both.
with due as materialized (
    select run_id from live_runs
    where due_at <= now()
        and (%(wanted)s::boolean is null or (crashes + (worker_id is not null)::integer >= %(suspects)s) = %(wanted)s)
    order by due_at, run_id limit %(limit)s
    for update skip locked
),
taken as (
    update live_runs
    set worker_id = %(worker)s, epoch = epoch + 1, due_at = now() + %(lease)s * interval '1 second',
        crashes = crashes + (worker_id is not null)::integer
    where run_id = any (array(select run_id from due))
    returning *
)
select
    taken.run_id, taken.workspace_id, taken.epoch, coalesce(taken.graph, run.graph), run.kind, run.rule, run.origin,
    taken.status, taken.state,
    run.hops, taken.crashes, now(),
    event.id, event.trigger, event.data, event.received_at, event.connection_id, event.key, event.entity, event.version,
    event.unread, event.publication_id, event.cause_run_id, event.hops, load.loaded,
    step.id, step.run_id, step.seq, step.node, step.what, coalesce(outcome.state, step.state), step.effect,
    coalesce(outcome.tries, step.tries), step.input, outcome.output, outcome.error_code, outcome.error_message,
    step.entity, outcome.version, step.started_at, null::timestamptz, taken.tied, taken.unread,
    array_position(array(select run_id from due), taken.run_id)
from taken
cross join lateral (select * from runs where id = taken.run_id limit 1) as run
left join lateral (select * from events where id = run.event_id limit 1) as event on true
left join lateral (select * from event_loads where event_id = run.event_id limit 1) as load on true
left join lateral (select * from steps where run_id = taken.run_id and id = taken.intent_id limit 1) as step on true
left join lateral (
    select * from step_outcomes where run_id = taken.run_id and step_id = taken.intent_id limit 1
) as outcome on true

-- name: commit
-- Rows are locked in the order of the run ids, in which the transitions come; `renew` and `release` keep it too.
-- live_runs is written by `on conflict`, which finds each row by its key; a join could be planned as a walk through all.
-- The end of a run that others have to hear of is put off, unless the rest is done already (`whole`).
-- The answer names the runs that were fenced off (0), put off (1), or go on and were told something meanwhile (2).
with given as materialized (
    select * from rows from (
        json_to_recordset(%(transitions)b::json) as (
            run_id uuid, epoch integer, act text, status text, seconds double precision, error_code text,
            error_message text, closes boolean, intent_id uuid, step_id uuid, step_state text, step_tries integer,
            step_version text, step_error_code text, step_error_message text
        ),
        unnest(%(states)b::json[]),
        unnest(%(outputs)b::json[])
    ) as transition (
        run_id, epoch, act, status, seconds, error_code, error_message, closes, intent_id, step_id, step_state,
        step_tries, step_version, step_error_code, step_error_message, state, output
    )
),
locked as materialized (
    select
        given.*, mine.due_at, mine.worker_id, mine.crashes, mine.intent_id as open_intent_id, mine.state as last_state,
        mine.rule, mine.unread, act = 'end' and (tied or unread > 0) and not %(whole)s::boolean as put_off
    from given
    cross join lateral (
        select * from live_runs where run_id = given.run_id and epoch = given.epoch for update
    ) as mine
),
held as materialized (
    select * from locked where not put_off
),
settled as (
    insert into step_outcomes as known (run_id, step_id, state, tries, version, error_code, error_message, output)
    select run_id, step_id, step_state, step_tries, step_version, step_error_code, step_error_message, output
    from held where step_id is not null
    on conflict (run_id, step_id) do update
    set written_at = excluded.written_at, state = excluded.state, tries = excluded.tries, version = excluded.version,
        error_code = excluded.error_code, error_message = excluded.error_message, output = excluded.output
    where known.state in ('intent', 'unknown')
),
written as (
    insert into steps (
        run_id, id, connection_id, seq, tries, node, what, state, effect, entity, error_code, error_message, input, output
    )
    select
        run_id, id, connection_id, seq, tries, node, what, state, effect, entity, error_code, error_message, input, output
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
    returning run_id, id
),
told as (
    insert into changes (runs, steps)
    select array_agg(run_id), array_agg(id) from (
        select run_id, id from written
        union all
        select run_id, step_id from held where step_id is not null
        union all
        select run_id, null from held where act <> 'go'
    ) as changed (run_id, id)
    having count(*) > 0
),
{more}
went_on as (
    insert into live_runs (run_id, epoch, due_at, worker_id, crashes, intent_id, status, state)
    select
        run_id, epoch,
        case
            when act = 'go' then due_at
            when unread > 0 then now()
            else now() + seconds * interval '1 second'
        end,
        case when act = 'go' then worker_id end,
        case when act = 'go' and closes is not true then crashes else 0 end,
        coalesce(intent_id, case when closes is not true then open_intent_id end),
        status,
        coalesce(state, last_state)
    from held where act <> 'end'
    on conflict (run_id) do update
    set due_at = excluded.due_at, worker_id = excluded.worker_id, crashes = excluded.crashes,
        intent_id = excluded.intent_id, status = excluded.status, state = excluded.state
),
ended as (
    insert into run_ends (run_id, epoch, outcome, rule, error_code, error_message)
    select run_id, epoch, status, rule, error_code, error_message from held where act = 'end'
    on conflict do nothing
),
gone as (
    delete from live_runs where run_id = any (array(select run_id from held where act = 'end'))
)
select given.run_id, 0
from given
left join lateral (select epoch from run_ends where run_id = given.run_id limit 1) as ended on true
where (given.run_id in (select run_id from locked)) is false and ended.epoch is distinct from given.epoch
union all
select run_id, case when put_off then 1 else 2 end from locked where put_off or (act = 'go' and unread > 0)

-- name: commit_more
-- What `commit` leaves out where no transition of the batch starts runs or brings loaded data.
read_events as (
    insert into event_loads (event_id, loaded)
    select run.event_id, load.loaded
    from rows from (
        json_to_recordset(%(loads)b::json) as (run_id uuid),
        unnest(%(loaded)b::json[])
    ) as load (run_id, loaded)
    cross join lateral (select event_id from runs where id = load.run_id limit 1) as run
    where (load.run_id in (select run_id from held)) is true and run.event_id is not null
    on conflict do nothing
),
starting as materialized (
    select * from rows from (
        json_to_recordset(%(runs)b::json) as (
            id uuid, arrival uuid, event_id uuid, parent_id uuid, hops integer, delay double precision, graph text,
            kind text, rule text, origin text, status text, answers text, line uuid
        ),
        unnest(%(run_states)b::json[])
    ) as run (id, run_id, event_id, parent_id, hops, delay, graph, kind, rule, origin, status, answers, line, state)
    where (run_id in (select run_id from held)) is true
),
started as (
    insert into runs (id, event_id, parent_id, hops, graph, kind, rule, origin, answers)
    select id, event_id, parent_id, hops, graph, kind, rule, origin, answers from starting
    on conflict do nothing
    returning id
),
named as (
    insert into turns (line, run_id, standing)
    select line, id, 'named' from starting where line is not null and (id in (select id from started)) is true
    on conflict do nothing
),
live as (
    insert into live_runs (run_id, due_at, status, rule, state, tied)
    select
        id, now() + delay * interval '1 second', status, rule, state, answers is not null or line is not null
    from starting
    where (id in (select id from started)) is true
    on conflict do nothing
),
told_starts as (
    insert into changes (runs) select array_agg(id) from started having count(*) > 0
),

-- name: renew
-- First which, then the locks in the order of the run ids, then the write.
with mine as materialized (
    select run_id from live_runs
    where due_at > now() and due_at <= now() + %(within)s * interval '1 second' and worker_id = %(worker)s
),
held as materialized (
    select run_id from live_runs
    where run_id = any (array(select run_id from mine)) and worker_id = %(worker)s
    order by run_id
    for update
)
update live_runs set due_at = greatest(due_at, now() + %(lease)s * interval '1 second')
where run_id = any (array(select run_id from held))

-- name: release
with mine as materialized (
    select run_id from live_runs
    where due_at <= now() + %(within)s * interval '1 second' and worker_id = %(worker)s
),
held as materialized (
    select run_id from live_runs
    where run_id = any (array(select run_id from mine)) and worker_id = %(worker)s
    order by run_id
    for update
)
update live_runs set worker_id = null, crashes = 0, due_at = now()
where run_id = any (array(select run_id from held))

-- name: once
with came as (
    insert into run_keys (run_id, key_hash) values (%(run)s, %(key_hash)s) on conflict do nothing
)
insert into once_keys as held (rule, key_hash, run_id, expires_at)
values (%(rule)s, %(key_hash)s, %(run)s, now() + %(within)s * interval '1 second')
on conflict (workspace_id, rule, key_hash) do update
set run_id = excluded.run_id,
    expires_at = case when held.expires_at > now() then held.expires_at else excluded.expires_at end
where held.expires_at <= now() or held.run_id = excluded.run_id
returning run_id

-- name: load
select
    count(*) filter (where due_at <= now()),
    count(*) filter (where due_at > now() and worker_id is not null),
    coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0)::double precision,
    count(*) filter (where due_at <= now() and crashes + (worker_id is not null)::integer >= %(suspects)s)
from live_runs
where due_at <= now() + %(longest)s * interval '1 second'

-- name: heartbeat
-- On the way, windows in which nothing counts any more are swept out, a few at a time.
with over as materialized (
    select line from windows where expires_at < now() order by expires_at limit 20 for update skip locked
),
swept as (
    delete from windows where line = any (array(select line from over))
),
forgotten as (
    delete from window_uses where line = any (array(select line from over))
)
insert into workers as known (id, name, claimed, seen_at, progress_at)
values (%(worker)s, %(name)s, %(claimed)s, now(), now())
on conflict (workspace_id, id) do update
set name = excluded.name, claimed = excluded.claimed, seen_at = now(),
    progress_at = case when %(progressed)s then now() else known.progress_at end

-- name: workers
select id, name, started_at, seen_at, progress_at, claimed
from workers where seen_at > now() - interval '10 minutes' order by id
