-- name: sight
-- Who saw the key first, of those between whom it never went unseen for longer than its time.
insert into once_keys as held (rule, key_hash, run_id, expires_at)
values (%(kind)s, %(key_hash)s, %(run)s, now() + %(within)s * interval '1 second')
on conflict (workspace_id, rule, key_hash) do update
set run_id = case when held.expires_at > now() then held.run_id else excluded.run_id end,
    expires_at = excluded.expires_at
returning run_id

-- name: window_total
select total from windows where line = %(line)s
