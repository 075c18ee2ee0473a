-- name: read_grant
select generation, state, reason, sealed, extract(epoch from expires_at - now())::float8, coalesce(leased_until > now(), false)
from oauth_grants where connection_id = %(connection)s

-- name: grant_states
select connection_id, state, reason from oauth_grants

-- name: save_grant
insert into oauth_grants (connection_id, sealed, expires_at)
values (%(connection)s, %(sealed)b, now() + %(lives)s * interval '1 second')
on conflict (workspace_id, connection_id) do update
set generation = oauth_grants.generation + 1, state = 'live', reason = null, lease = null, leased_until = null,
    sealed = excluded.sealed, expires_at = excluded.expires_at, refreshed_at = now()

-- name: lease_grant
update oauth_grants set lease = %(lease)s, leased_until = now() + %(seconds)s * interval '1 second'
where connection_id = %(connection)s and generation = %(generation)s and state = 'live'
    and (leased_until is null or leased_until <= now())

-- name: renew_grant
update oauth_grants
set generation = generation + 1, state = 'live', reason = null, lease = null, leased_until = null,
    sealed = %(sealed)b, expires_at = now() + %(lives)s * interval '1 second', refreshed_at = now()
where connection_id = %(connection)s and generation = %(generation)s

-- name: release_grant
update oauth_grants set lease = null, leased_until = null where connection_id = %(connection)s and lease = %(lease)s

-- name: end_grant
update oauth_grants set state = 'reconnect_needed', reason = %(reason)s, lease = null, leased_until = null
where connection_id = %(connection)s and generation = %(generation)s and lease = %(lease)s

-- name: drop_grant
delete from oauth_grants where connection_id = %(connection)s

-- name: add_start
insert into oauth_starts (state_digest, connection_id, expires_at, browser_digest, verifier, redirect_uri, started_by)
values (
    %(state)b, %(connection)s, now() + %(lives)s * interval '1 second', %(browser)b, %(verifier)s, %(redirect)s,
    %(started_by)s
)

-- name: drop_starts
delete from oauth_starts where connection_id = %(connection)s and expires_at <= now()

-- name: take_start
delete from oauth_starts where state_digest = %(state)b
returning connection_id, expires_at > now(), browser_digest, verifier, redirect_uri, started_by
