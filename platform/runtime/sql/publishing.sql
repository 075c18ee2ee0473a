-- name: pinned
-- What came for a run and was not read makes it due: somebody is about to be at it.
select
    live.run_id, live.epoch, run.kind, run.rule, coalesce(live.graph, run.graph), live.status, live.state,
    live.worker_id is not null or live.unread > 0,
    exists (
        select from steps where steps.run_id = live.run_id and (steps.what = any (%(harmless)s::text[])) is false
    ),
    run.answers is not null, run.event_id, run.parent_id, run.origin, run.hops
from live_runs as live
cross join lateral (select * from runs where id = live.run_id limit 1) as run
where live.run_id > %(behind)s and (coalesce(live.graph, run.graph) = any (%(live)s::text[])) is false
order by live.run_id
limit %(limit)s

-- name: move_runs
-- The epoch is raised so that a write of the worker before, sent again, does not bring the old state back.
with given as materialized (
    select * from rows from (
        json_to_recordset(%(moves)b::json) as (run_id uuid, epoch integer, graph text),
        unnest(%(states)b::json[])
    ) as given (run_id, epoch, graph, state)
),
held as materialized (
    select live.run_id from live_runs as live
    where live.run_id = any (array(select run_id from given)) and live.worker_id is null and live.unread = 0
        and exists (select from given where given.run_id = live.run_id and given.epoch = live.epoch)
    order by live.run_id
    for update
),
moved as (
    update live_runs as live
    set graph = given.graph, state = given.state, epoch = live.epoch + 1
    from given
    where given.run_id = live.run_id and live.run_id = any (array(select run_id from held))
        and live.epoch = given.epoch and live.worker_id is null and live.unread = 0
    returning live.run_id, given.graph
)
insert into run_moves (run_id, graph) select run_id, graph from moved
returning run_id

-- name: drop_publications
-- One that is not live any more goes when nothing is kept of the time when it was: ids say when events came and runs
-- began, give or take an hour for clocks and for processes that had not heard of it. Never on its first day, and what
-- somebody made not for a month, so that they can go back to it.
with times as (
    select
        id, case when who is null then interval '1 day' else interval '30 days' end as kept,
        created_at - interval '1 hour' as since,
        lead(created_at) over (order by created_at, id) + interval '1 hour' as until
    from publications
),
old as materialized (
    select
        id, lpad(to_hex((extract(epoch from since) * 1000)::bigint), 12, '0') as first,
        lpad(to_hex((extract(epoch from until) * 1000)::bigint), 12, '0') as last
    from times
    where until < now() - kept
        and id is distinct from (select live_publication_id from workspaces limit 1)
),
unneeded as materialized (
    select id from old
    where not exists (
        select from runs
        where runs.id >= (first || '00000000000000000000')::uuid and runs.id <= (last || 'ffffffffffffffffffff')::uuid
    )
    and not exists (
        select from events
        where events.id >= (first || '00000000000000000000')::uuid and events.id <= (last || 'ffffffffffffffffffff')::uuid
    )
),
without_files as (
    delete from publication_files where publication_id in (select id from unneeded)
),
without_graphs as (
    delete from publication_graphs where publication_id in (select id from unneeded)
),
forgotten as (
    delete from run_moves where not exists (select from runs where runs.id = run_moves.run_id)
)
delete from publications where id in (select id from unneeded)
returning id

-- name: drop_graphs
-- In a statement of its own, which sees what the one before left. A run may have gone over to a graph, and live on it.
delete from graphs
where not exists (select from publication_graphs where publication_graphs.version = graphs.version)
    and not exists (select from run_moves where run_moves.graph = graphs.version)

-- name: drop_texts
delete from texts where not exists (select from publication_files where publication_files.hash = texts.hash)

-- name: lock_publications
-- Who publishes may take up a graph again that upkeep is about to drop.
select pg_advisory_xact_lock(hashtextextended('publications ' || current_setting('treadle.workspace', true), 0))
