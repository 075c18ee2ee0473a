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
