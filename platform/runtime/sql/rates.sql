-- name: take_place
-- Places are seconds from asked_at, so a clock that is set back can neither free places nor keep a connection waiting.
-- The clock is read under the row's lock: takers come one after the other, each with a later clock. Missing places are
-- null, which `greatest` passes over. `offset 0` keeps the list from being made again at each mention.
insert into connection_rates as held (connection_id, asked_at, wait, places)
values (%(connection)s, clock_timestamp(), 0, '{0}')
on conflict (workspace_id, connection_id) do update
set (asked_at, wait, places) = (
    select
        clock, free.wait,
        case
            when free.wait <= %(within)s then (known || free.wait)[greatest(cardinality(known) - %(count)s + 2, 1):]
            else known
        end
    from (select clock_timestamp() as clock) as present
    cross join lateral (
        select array(
            select place - greatest(extract(epoch from clock - held.asked_at), 0)::double precision
            from unnest(held.places) as place
        ) as known
        offset 0
    ) as aged
    cross join lateral (
        select greatest(known[cardinality(known) - %(count)s + 1] + %(period)s, 0)::double precision as wait
    ) as free
)
returning wait
