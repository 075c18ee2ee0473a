-- name: make_days
select make_days(%(ahead)s)

-- name: drop_days
select drop_days(%(days)s)

-- name: forget_runs
select id from forget_runs(%(days)s, %(behind)s, %(most)s)

-- name: forget_events
select id, forgotten, connection_id, key from forget_events(%(days)s, %(behind)s, %(most)s)

-- name: forget_keys
select forget_keys(%(keys)b::json)

-- name: sweep
select sweep(%(days)s, %(most)s)

-- name: sweep_windows
-- Who counts in a window at this moment has its row, or comes behind and makes a new one.
with over as (
    delete from windows where line = any (array(
        select line from windows where expires_at < now() order by expires_at limit %(most)s for update skip locked
    ))
    returning line
),
uses as (
    delete from window_uses as used using over where used.line = over.line
)
select count(*) from over
