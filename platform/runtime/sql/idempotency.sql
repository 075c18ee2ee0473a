-- name: claim_key
-- Ours when the key is new, forgotten, or was left without an answer by a try with the same request.
insert into idempotency_keys as had (asker, key, id, digest, free_at, expires_at)
values (
    %(asker)s, %(key)s, %(id)s, %(digest)s,
    now() + %(lease)s * interval '1 second', now() + %(kept)s * interval '1 second'
)
on conflict (workspace_id, asker, key) do update set
    id = case when had.expires_at <= now() then excluded.id else had.id end,
    digest = excluded.digest,
    status = null,
    answer = null,
    free_at = excluded.free_at,
    expires_at = case when had.expires_at <= now() then excluded.expires_at else had.expires_at end
where had.expires_at <= now()
    or (had.status is null and had.free_at <= now() and had.digest = excluded.digest)
returning had.id

-- name: claimed_key
select id, digest, status, answer from idempotency_keys where asker = %(asker)s and key = %(key)s

-- name: answer_key
with forgotten as (
    select asker, key from idempotency_keys where expires_at <= now() order by expires_at limit 20
),
gone as (
    delete from idempotency_keys as old using forgotten
    where old.asker = forgotten.asker and old.key = forgotten.key and old.expires_at <= now()
        and (old.asker, old.key) <> (%(asker)s, %(key)s)
)
update idempotency_keys set status = %(status)s, answer = %(answer)s
where asker = %(asker)s and key = %(key)s and id = %(id)s

-- name: free_key
update idempotency_keys set free_at = now()
where asker = %(asker)s and key = %(key)s and id = %(id)s and status is null

-- name: drop_key
delete from idempotency_keys where asker = %(asker)s and key = %(key)s and id = %(id)s and status is null
