-- name: begin_bulk
insert into bulk_starts (id, sequence, per_minute, who, total)
values (%(id)s, %(sequence)s, %(per_minute)s, %(who)s, %(total)s)
on conflict do nothing
returning id

-- name: bulk_rows
insert into bulk_start_rows (bulk_id, first_row, rows)
select %(id)s, (number - 1) * %(batch)s, rows
from unnest(%(chunks)b::json[]) with ordinality as given (rows, number)

-- name: bulk
select
    id, sequence, state, per_minute, who, total, started, refused, held, created_at, ended_at
from bulk_starts where id = %(id)s

-- name: bulks
select
    id, sequence, state, per_minute, who, total, started, refused, held, created_at, ended_at
from bulk_starts where (%(before)s::uuid is null or id < %(before)s::uuid)
order by id desc limit %(limit)s

-- name: refusals
select number, reason from bulk_start_refusals
where bulk_id = %(id)s and number > %(behind)s order by number limit %(limit)s

-- name: cancel_bulk
with ended as (
    update bulk_starts set state = 'cancelled', ended_at = now(), held = null
    where id = %(id)s and state in ('running', 'paused')
    returning id
)
delete from bulk_start_rows where bulk_id in (select id from ended)

-- name: pause_bulk
-- A worker that has rows in its hands finds that the list does not go on, and writes nothing.
update bulk_starts set state = 'paused', held = null where id = %(id)s and state = 'running'

-- name: resume_bulk
update bulk_starts set state = 'running', due_at = now() where id = %(id)s and state = 'paused'

-- name: due_bulk
with taken as (
    update bulk_starts set due_at = now() + %(lease)s * interval '1 second'
    where id in (
        select id from bulk_starts where state = 'running' and due_at <= now()
        order by due_at limit 1 for update skip locked
    )
    returning id, sequence, per_minute, next_row, planned_at
)
select taken.id, sequence, per_minute, next_row, planned_at, now(), chunk.first_row, chunk.rows
from taken
cross join lateral (
    select first_row, rows from bulk_start_rows
    where bulk_id = taken.id and first_row <= taken.next_row order by first_row desc limit 1
) as chunk

-- name: step_bulk
update bulk_starts
set next_row = next_row + %(rows)s, started = started + %(started)s, refused = refused + %(refused)s,
    planned_at = %(planned_at)s, due_at = greatest(%(planned_at)s, now()), held = %(held)s::text,
    state = case when next_row + %(rows)s >= total then 'done' else state end,
    ended_at = case when next_row + %(rows)s >= total then now() end
where id = %(id)s and next_row = %(first)s and state = 'running'
returning next_row

-- name: originate_all
insert into run_origins (run_id, bulk_id, args)
select run_id, %(bulk)s, args
from rows from (json_to_recordset(%(runs)b::json) as (run_id uuid), unnest(%(args)b::json[])) as given (run_id, args)
on conflict do nothing

-- name: refuse_rows
insert into bulk_start_refusals (bulk_id, number, reason)
select %(id)s, number, reason
from json_to_recordset(%(refused)b::json) as given (number integer, reason text)
on conflict do nothing

-- name: bulk_rows_gone
delete from bulk_start_rows where bulk_id = %(id)s and first_row + %(batch)s <= %(next_row)s

-- name: forget_bulks
with gone as (
    delete from bulk_starts where id in (
        select id from bulk_starts
        where state <> 'running' and ended_at < now() - %(days)s * interval '1 day' order by id limit %(most)s
    )
    returning id
),
rows as (
    delete from bulk_start_rows where bulk_id in (select id from gone)
)
delete from bulk_start_refusals where bulk_id in (select id from gone)
