-- name: open_window
-- Locks the window until the commit, so that counters come one after the other.
insert into windows as known (line, expires_at, total)
values (%(line)s, now() + %(window)s * interval '1 second', 0)
on conflict (line) do update set expires_at = greatest(known.expires_at, excluded.expires_at)

-- name: use_window
-- 0 when it was taken, else the seconds until so much is free as is missing: uses go in the order in which they came.
with present as materialized (
    select clock_timestamp() as clock, clock_timestamp() - %(window)s * interval '1 second' as since
),
expired as (
    delete from window_uses
    where line = %(line)s and used_at <= (select since from present)
    returning amount
),
known as materialized (
    select from (
        select used_at from window_uses where line = %(line)s and token = %(token)s offset 0
    ) as own
    where used_at > (select since from present)
),
held as materialized (
    select total - coalesce((select sum(amount) from expired), 0) as total from windows where line = %(line)s
),
used as (
    insert into window_uses (line, token, used_at, amount)
    select %(line)s, %(token)s, clock, %(amount)s
    from present cross join held
    where total + %(amount)s <= %(limit)s and not exists (select from known)
    on conflict do nothing
    returning amount
),
counted as (
    update windows
    set total = (select total from held) + coalesce((select amount from used), 0),
        expires_at = greatest(expires_at, (select clock from present) + %(window)s * interval '1 second')
    where line = %(line)s
)
select
    case
        when exists (select from known) or exists (select from used) then 0::double precision
        when %(amount)s > %(limit)s then %(window)s::double precision
        else coalesce(
            (
                select extract(epoch from used_at - since) from (
                    select used_at, sum(amount) over (order by used_at rows unbounded preceding) as freed
                    from window_uses where line = %(line)s and used_at > (select since from present)
                ) as uses
                where total - freed + %(amount)s <= %(limit)s
                order by used_at limit 1
            ),
            %(window)s
        )::double precision
    end
from present cross join held

-- name: give_back
with gone as (
    delete from window_uses where line = %(line)s and token = %(token)s returning used_at, amount
),
counted as (
    update windows set total = total - gone.amount from gone where line = %(line)s
)
select used_at from gone

-- name: use_again
with used as (
    insert into window_uses (line, token, used_at, amount)
    values (%(line)s, %(token)s, %(used_at)s, %(amount)s)
    returning amount
)
update windows set total = total + used.amount from used where line = %(line)s
returning 1

-- name: lock_line
select pg_advisory_xact_lock(hashtextextended(%(line)s::uuid::text, 0))

-- name: take_turn
-- Who is ahead, and whether we have come into the line just now. A run that is over gets nowhere. Who only stands in line
-- since its start is ahead of those behind it that wait.
with came as (
    insert into run_keys (run_id, key_hash)
    select %(run)s, %(key_hash)s::uuid where %(key_hash)s::uuid is not null
    on conflict do nothing
),
has as materialized (
    select run_id from turns where line = %(line)s and standing = 'has'
),
first as materialized (
    select run_id from turns where line = %(line)s order by run_id limit 1
),
known as materialized (
    select standing from turns where line = %(line)s and run_id = %(run)s
),
ahead as materialized (
    select coalesce(
        (select run_id from has), (select run_id from first where %(waits)s and run_id < %(run)s)
    ) as run_id
),
mine as (
    update live_runs set tied = true where run_id = %(run)s returning run_id
),
placed as (
    insert into turns as before (line, run_id, standing)
    select %(line)s, mine.run_id, case when ahead.run_id is null then 'has' else 'waits' end
    from mine cross join ahead
    where %(waits)s or ahead.run_id is null
    on conflict (run_id, line) do update set standing = excluded.standing where before.standing <> 'has'
    returning run_id
)
select
    (select nullif(run_id, %(run)s) from ahead),
    exists (select from placed) and not exists (select from known where standing = 'waits')

-- name: join_quiet
with mine as (
    update live_runs set tied = true where run_id = %(run)s returning run_id
),
joined as (
    insert into quiet_runs (line, mark, run_id, of_event)
    select %(line)s, coalesce(run.event_id, run.id), run.id, run.event_id is not null
    from mine
    cross join lateral (select id, event_id from runs where id = mine.run_id limit 1) as run
    where not exists (select from quiet_events where run_id = %(run)s)
    on conflict do nothing
    returning mark
),
own as (
    select mark from joined
    union all
    select mark from quiet_runs where line = %(line)s and run_id = %(run)s
)
select
    exists (select from quiet_events where run_id = %(run)s)
    or (select max(mark::text) from own) >= coalesce(
        (select mark::text from quiet_runs where line = %(line)s order by mark desc limit 1), ''
    )

-- name: take_quiet
with newest as materialized (
    select run_id from quiet_runs where line = %(line)s order by mark desc limit 1
),
gone as (
    delete from quiet_runs
    where line = %(line)s and (select run_id from newest) = %(run)s
    returning mark, of_event
),
fired as (
    insert into quiet_events (run_id, events)
    select %(run)s, array(select mark from gone where of_event order by mark) where exists (select from gone)
    on conflict do nothing
    returning events
)
select events from fired
union all
select events from quiet_events where run_id = %(run)s
