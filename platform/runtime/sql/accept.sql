-- name: accept
-- Documents and bodies come as arrays beside the rows: inside the rows' JSON one \u0000 would fail the whole batch.
-- Keys are inserted in order, so that two batches with the same keys wait for each other and do not deadlock. The
-- memberships in parentheses (`is true`) are looked up in a hash; as joins they would compare each row with each.
-- Of `triggers` nobody may listen for one; else nothing is written, and the answer is a row of nulls for each. Where none
-- is named, everything is written and answered. Counted, not compared: what is constant makes a plan for once look cheap,
-- and then each execution is planned.
with heard as materialized (
    select from json_array_elements_text(%(triggers)b::json) as given (trigger)
    cross join lateral (select from listens where listens.trigger = given.trigger limit 1) as one
),
given as materialized (
    select * from rows from (
        json_to_recordset(%(events)b::json) as (
            id uuid, connection_id uuid, delivery_id uuid, publication_id uuid, cause uuid, hops integer, trigger text,
            key text, key_hash uuid, entity text, version text, unread text
        ),
        unnest(%(data)b::json[])
    ) as event (
        id, connection_id, delivery_id, publication_id, cause, hops, trigger,
        key, key_hash, entity, version, unread, data
    )
    where not exists (select from heard)
),
delivered as (
    insert into deliveries (id, connection_id, content_type, body)
    select id, connection_id, content_type, body from rows from (
        json_to_recordset(%(deliveries)b::json) as (id uuid, connection_id uuid, content_type text),
        unnest(%(bodies)b::bytea[])
    ) as delivery (id, connection_id, content_type, body)
    where not exists (select from heard)
    on conflict do nothing
),
new_keys as (
    insert into event_keys (connection_id, key_hash, event_id)
    select connection_id, key_hash, id from given where key_hash is not null order by connection_id, key_hash
    on conflict do nothing
    returning event_id
),
fresh as (
    insert into events (
        id, connection_id, delivery_id, publication_id, cause_run_id, hops, trigger, key, entity, version, unread, data
    )
    select
        id, nullif(connection_id, %(nobody)s::uuid), delivery_id, publication_id, cause, hops, trigger, key, entity, version,
        unread, data
    from given where key_hash is null or id in (select event_id from new_keys)
    on conflict do nothing
    returning id
),
starting as materialized (
    select * from rows from (
        json_to_recordset(%(runs)b::json) as (
            id uuid, arrival uuid, event_id uuid, parent_id uuid, hops integer, delay double precision, graph text,
            kind text, rule text, origin text, status text, answers text, line uuid,
            quiet_line uuid
        ),
        unnest(%(states)b::json[])
    ) as run (
        id, arrival, event_id, parent_id, hops, delay, graph, kind, rule, origin, status, answers, line, quiet_line, state
    )
    where (arrival in (select id from fresh)) is true
),
started as (
    insert into runs (id, event_id, parent_id, hops, graph, kind, rule, origin, answers)
    select id, event_id, parent_id, hops, graph, kind, rule, origin, answers from starting
    on conflict do nothing
),
named as (
    insert into turns (line, run_id, standing)
    select line, id, 'named' from starting where line is not null
    on conflict do nothing
),
grouped as (
    insert into quiet_runs (line, mark, run_id, of_event)
    select quiet_line, event_id, id, true from starting where quiet_line is not null
    on conflict do nothing
),
live as (
    insert into live_runs (run_id, due_at, status, rule, state, tied)
    select
        id, now() + delay * interval '1 second', status, rule, state,
        answers is not null or line is not null or quiet_line is not null
    from starting
    on conflict do nothing
),
told as (
    insert into changes (events, runs)
    select array(select id from fresh), array(select id from starting) where exists (select from fresh)
)
select given.id, earlier.event_id, (given.id in (select id from fresh)) is true
from given
left join lateral (
    select event_id from event_keys
    where event_keys.connection_id = given.connection_id and event_keys.key_hash = given.key_hash
    limit 1
) as earlier on true
where (select count(*) = 0 from json_array_elements_text(%(triggers)b::json)) or (given.key_hash is not null and (given.id in (select id from fresh)) is false)
union all
select null, null, null from heard

-- name: first_events
select given.id, earlier.event_id
from json_to_recordset(%(keys)b::json) as given (id uuid, connection_id uuid, key_hash uuid)
cross join lateral (
    select event_id from event_keys
    where event_keys.connection_id = given.connection_id and event_keys.key_hash = given.key_hash
    limit 1
) as earlier

-- name: echoes
select
    steps.entity, steps.run_id, run.origin, outcome.version, coalesce(outcome.state, steps.state) <> 'done', run.hops
from steps
left join lateral (
    select * from step_outcomes where run_id = steps.run_id and step_id = steps.id limit 1
) as outcome on true
cross join lateral (select * from runs where id = steps.run_id limit 1) as run
where steps.entity = any (%(entities)s::text[]) and steps.connection_id = %(connection)s
    and steps.started_at > now() - interval '10 minutes' and coalesce(outcome.state, steps.state) <> 'failed'
order by steps.started_at, steps.id
