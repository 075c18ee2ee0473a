-- name: listen_paths
-- Jumps from path to path: what is listened for may be a million rows, under two or three paths.
with recursive paths as (
    select given.trigger, first.path
    from json_array_elements_text(%(triggers)b::json) as given (trigger)
    cross join lateral (
        select path from listens where trigger = given.trigger order by path limit 1
    ) as first
    union all
    select paths.trigger, later.path
    from paths
    cross join lateral (
        select path from listens where trigger = paths.trigger and path > paths.path order by path limit 1
    ) as later
)
select trigger, path from paths

-- name: hear
-- `offset 0` here and below: from each of what was given to the rows of the table, never the other way round.
select fitting.run_id, fitting.slot, given.event_id
from json_to_recordset(%(probes)b::json) as given (
    event_id uuid, trigger text, path text, value_hash uuid, connection_id uuid, cause uuid
)
cross join lateral (
    select run_id, slot, connection_id from listens
    where trigger = given.trigger and path = given.path and value_hash = given.value_hash
    offset 0
) as fitting
where fitting.run_id is distinct from given.cause
    and (fitting.connection_id is null or fitting.connection_id = given.connection_id)

-- name: signal
-- The rows of live_runs are locked, so those that are not there are not made by the last part.
with told as materialized (
    select * from rows from (
        json_to_recordset(%(told)b::json) as (
            run_id uuid, kind text, source uuid, slot text, fault_code text, fault_message text
        ),
        unnest(%(data)b::json[])
    ) as signal (run_id, kind, source, slot, fault_code, fault_message, data)
),
awake as materialized (
    select run_id from live_runs where run_id = any (array(select run_id from told)) order by run_id for update
),
signalled as (
    insert into signals (run_id, kind, source, slot, fault_code, fault_message, data)
    select run_id, kind, source, slot, fault_code, fault_message, data
    from told where (run_id in (select run_id from awake)) is true
    on conflict do nothing
    returning run_id
)
insert into live_runs as known (run_id, due_at, status, state, unread)
select run_id, now(), 'waiting', 'null'::json, count(*) from signalled group by run_id
on conflict (run_id) do update
set unread = known.unread + excluded.unread,
    due_at = case when known.worker_id is null then least(known.due_at, excluded.due_at) else known.due_at end

-- name: signals
select
    signals.run_id, signals.id, signals.kind, signals.slot, signals.data, signals.fault_code, signals.fault_message,
    event.id, event.trigger, event.data, event.received_at, event.connection_id, event.key, event.entity, event.version,
    event.unread, event.publication_id, event.cause_run_id, event.hops, load.loaded
from signals
left join lateral (select * from events where id = signals.source and signals.kind = 'event' limit 1) as event on true
left join lateral (select * from event_loads where event_id = event.id limit 1) as load on true
where signals.run_id = any (array(select id from json_to_recordset(%(runs)b::json) as given (id uuid)))
order by signals.run_id, signals.number

-- name: start
with starting as materialized (
    select * from rows from (
        json_to_recordset(%(runs)b::json) as (
            id uuid, event_id uuid, parent_id uuid, hops integer, delay double precision, graph text, kind text,
            rule text, origin text, status text, answers text, line uuid
        ),
        unnest(%(states)b::json[])
    ) as run (id, event_id, parent_id, hops, delay, graph, kind, rule, origin, status, answers, line, state)
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
told as (
    insert into changes (runs) select array_agg(id) from started having count(*) > 0
)
insert into live_runs (run_id, due_at, status, rule, state, tied)
select id, now() + delay * interval '1 second', status, rule, state, answers is not null or line is not null
from starting where (id in (select id from started)) is true
on conflict do nothing

-- name: statuses
select given.id, coalesce(ended.outcome, live.status)
from json_to_recordset(%(runs)b::json) as given (id uuid)
left join lateral (select outcome from run_ends where run_id = given.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = given.id limit 1) as live on true
where ended.outcome is not null or live.status is not null

-- name: approvals
select id, run_id, rule, question, asked, state, created_at, until, decided_by, decided_at
from approvals where {filters} order by id desc limit %(limit)s

-- name: lock_asker
select run_id from live_runs where run_id = (select run_id from approvals where id = %(id)s) for update

-- name: decide
update approvals
set state = case when until <= now() then 'closed' when %(approved)s then 'approved' else 'refused' end,
    decided_by = case when until > now() then %(who)s::text end,
    decided_at = case when until > now() then now() end
where id = %(id)s and state = 'open'
returning state, run_id, slot

-- name: planned
select key, planned_at from schedules where key = any (%(keys)s::text[])

-- name: plan
insert into schedules (key, planned_at) select key, now() from unnest(%(keys)s::text[]) as given (key) order by key
on conflict do nothing

-- name: move_on
insert into schedules (key, planned_at) values (%(key)s, %(until)s)
on conflict (workspace_id, key) do update set planned_at = excluded.planned_at
where schedules.planned_at < %(planned)s
returning key

-- name: lock_lines
with ended as materialized (
    select id from json_to_recordset(%(ends)b::json) as given (id uuid)
)
select pg_advisory_xact_lock(hashtextextended(line::text, 0))
from (
    select line from (
        select line from turns where run_id = any (array(select id from ended))
        union
        select line from quiet_runs where run_id = any (array(select id from ended))
        union
        select id from json_to_recordset(%(lines)b::json) as given (id uuid)
    ) as found
    order by line
    offset 0
) as lines

-- name: lock_runs
-- All that may be written in the rest of the commit, in the order in which every commit locks.
with ended as materialized (
    select id from json_to_recordset(%(ends)b::json) as given (id uuid)
)
select run_id, epoch from live_runs
where run_id = any (array(
    select id from json_to_recordset(%(runs)b::json) as given (id uuid)
    union
    select run.parent_id
    from ended
    cross join lateral (select parent_id from runs where id = ended.id and answers is not null limit 1) as run
    union
    select follower.run_id
    from (select line from turns where run_id = any (array(select id from ended))) as mine
    cross join lateral (select run_id from turns where line = mine.line order by run_id limit 2) as follower
    union
    select run_id from turns
    where line = any (array(select id from json_to_recordset(%(lines)b::json) as given (id uuid)))
))
order by run_id
for update

-- name: forget
with given as materialized (
    select * from json_to_recordset(%(given)b::json) as given (run_id uuid, signal uuid, slot text, every boolean)
),
runs as materialized (
    select distinct run_id from given
),
unheard as (
    delete from listens
    where run_id = any (array(select run_id from runs)) and exists (
        select from given where given.run_id = listens.run_id and (every or given.slot = listens.slot)
    )
),
closed as (
    update approvals set state = 'closed'
    where run_id = any (array(select run_id from runs)) and state = 'open' and exists (
        select from given where given.run_id = approvals.run_id and (every or given.slot = approvals.slot)
    )
),
dropped as (
    delete from signals
    where run_id = any (array(select run_id from runs)) and exists (
        select from given
        where given.run_id = signals.run_id
            and (every or given.signal = signals.id or (given.slot = signals.slot and given.slot <> ''))
    )
    returning run_id
)
insert into live_runs as known (run_id, due_at, status, state, unread)
select run_id, now(), 'waiting', 'null'::json, count(*) from dropped group by run_id
on conflict (run_id) do update set unread = known.unread - excluded.unread

-- name: announce
with given as materialized (
    select * from json_to_recordset(%(given)b::json) as given (
        run_id uuid, epoch integer, slot text, trigger text, path text, value_hash uuid, connection_id uuid
    )
),
held as materialized (
    select run_id, epoch from live_runs
    where run_id = any (array(select run_id from given)) order by run_id for update
),
tied as (
    update live_runs set tied = true where run_id = any (array(select run_id from held)) and not tied
)
insert into listens (run_id, slot, trigger, path, value_hash, connection_id, looked)
select run_id, slot, trigger, path, value_hash, connection_id, false
from given where (exists (select from held where held.run_id = given.run_id and held.epoch = given.epoch)) is true
on conflict do nothing
returning run_id

-- name: in_the_middle
-- Who takes an event in locks `events` before it looks at what is listened for.
select virtualtransaction || '/' || pid from pg_locks
where locktype = 'relation' and relation = 'events'::regclass and mode = 'RowExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()

-- name: look_back
-- Events are found by their ids, which begin with the time; the clocks that make them may be some seconds apart. They are
-- looked through once for all runs.
with wanted as materialized (
    select given.*, run.event_id, run.created_at
    from json_to_recordset(%(given)b::json) as given (run_id uuid, slot text, trigger text, connection_id uuid)
    cross join lateral (
        select from listens where run_id = given.run_id and slot = given.slot and not looked limit 1
    ) as listen
    cross join lateral (select event_id, created_at from runs where id = given.run_id limit 1) as run
),
seen as materialized (
    select id, trigger, received_at, connection_id, cause_run_id, data from events
    where trigger = any (array(select trigger from wanted)) and id >= (
        select lpad(to_hex((extract(epoch from min(created_at)) * 1000)::bigint - 5000), 12, '0')
            || '00000000000000000000'
        from wanted
    )::uuid
)
select wanted.run_id, wanted.slot, event.id, event.data
from wanted
cross join lateral (
    select id, data from seen
    where trigger = wanted.trigger and received_at >= wanted.created_at and id is distinct from wanted.event_id
        and cause_run_id is distinct from wanted.run_id
        and (wanted.connection_id is null or connection_id = wanted.connection_id)
    offset 0
) as event
order by event.id

-- name: listen
insert into listens as known (run_id, slot, trigger, path, value_hash, connection_id, looked)
select run_id, slot, trigger, path, value_hash, connection_id, true
from json_to_recordset(%(given)b::json) as given (
    run_id uuid, slot text, trigger text, path text, value_hash uuid, connection_id uuid
)
on conflict (run_id, slot) do update set looked = true where not known.looked

-- name: tie
update live_runs set tied = true
where run_id = any (array(select id from json_to_recordset(%(runs)b::json) as given (id uuid))) and not tied

-- name: open_approvals
with given as materialized (
    select * from json_to_recordset(%(given)b::json) as given (
        run_id uuid, id uuid, slot text, question text, asked text, seconds double precision
    )
),
known as materialized (
    select run_id, slot from approvals
    where run_id = any (array(select run_id from given)) and state = 'open'
)
insert into approvals (run_id, id, slot, rule, question, asked, until)
select given.run_id, given.id, slot, run.rule, question, asked, now() + seconds * interval '1 second'
from given
cross join lateral (select rule from runs where id = given.run_id limit 1) as run
where not exists (select from known where known.run_id = given.run_id and known.slot = given.slot)
on conflict do nothing

-- name: in_lines
select line, run_id, standing from turns
where line = any (array(select id from json_to_recordset(%(lines)b::json) as given (id uuid)))
order by line, run_id

-- name: write_outputs
insert into run_outputs (run_id, output)
select run_id, output from rows from (
    json_to_recordset(%(given)b::json) as (run_id uuid),
    unnest(%(outputs)b::json[])
) as given (run_id, output)
on conflict do nothing

-- name: parents
select run.id, run.parent_id, run.answers
from json_to_recordset(%(ends)b::json) as ended (id uuid)
cross join lateral (
    select id, parent_id, answers from runs
    where id = ended.id and answers is not null and parent_id is not null limit 1
) as run

-- name: leave
-- Whose turn it is after who went: the first that waits, unless somebody has it, or one that has yet to ask is before it.
with ended as materialized (
    select id from json_to_recordset(%(ends)b::json) as given (id uuid)
),
gone as (
    delete from turns where run_id = any (array(select id from ended)) returning line, run_id
),
quiet as (
    delete from quiet_runs
    where line = any (array(
        select mine.line from quiet_runs as mine
        where mine.run_id = any (array(select id from ended)) and mine.mark = (
            select mark from quiet_runs as other where other.line = mine.line order by mark desc limit 1
        )
    ))
),
fired as (
    delete from quiet_events where run_id = any (array(select id from ended))
)
select left_.line, follower.run_id, left_.run_id
from (select distinct on (line) line, run_id from gone order by line, run_id) as left_
cross join lateral (
    select run_id, standing from turns
    where line = left_.line and (run_id in (select id from ended)) is false order by run_id limit 1
) as follower
left join lateral (
    select run_id from turns
    where line = left_.line and standing = 'has' and (run_id in (select id from ended)) is false limit 1
) as holder on true
where follower.standing = 'waits' and holder.run_id is null

-- name: pass_on
with given as materialized (
    select * from json_to_recordset(%(given)b::json) as given (line uuid, run_id uuid)
)
update turns set standing = 'has'
where run_id = any (array(select run_id from given))
    and exists (select from given where given.run_id = turns.run_id and given.line = turns.line)
