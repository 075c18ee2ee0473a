-- name: add_user
-- Whoever was let go and comes back keeps the id.
insert into users (id, email, name, password) values (%(id)s, %(email)s, %(name)s, %(password)s)
on conflict (workspace_id, email) do update set name = excluded.name, password = excluded.password
where not exists (select from memberships where user_id = users.id)
returning id

-- name: add_member
insert into memberships (user_id, role) values (%(user)s, %(role)s) on conflict do nothing returning user_id

-- name: users
select users.id, email, users.name, role, since, array(
    select groups.name from group_members join groups on groups.id = group_id
    where group_members.user_id = users.id order by groups.name
)
from memberships join users on users.id = user_id
where {filters} order by user_id desc limit %(limit)s

-- name: password_of
-- Also of people who may sign in by other means alone: theirs is null.
select users.id, password from users join memberships on user_id = users.id where email = %(email)s

-- name: set_password
update users set password = %(password)s where id = %(user)s

-- name: set_name
update users set name = %(name)s where id = %(user)s

-- name: lock_owners
select user_id from memberships where role = 'owner' order by user_id for update

-- name: lock_member
select role from memberships where user_id = %(user)s for update

-- name: set_role
update memberships set role = %(role)s where user_id = %(user)s

-- name: remove_member
delete from memberships where user_id = %(user)s

-- name: open_session
insert into sessions (id, user_id, digest, expires_at)
values (%(id)s, %(user)s, %(digest)b, now() + %(seconds)s * interval '1 second')

-- name: session_caller
select users.id, email, users.name, role, since, array(
    select groups.name from group_members join groups on groups.id = group_id
    where group_members.user_id = users.id order by groups.name
)
from sessions
join users on users.id = sessions.user_id
join memberships on memberships.user_id = users.id
where digest = %(digest)b and expires_at > now()

-- name: close_session
delete from sessions where digest = %(digest)b

-- name: close_sessions
delete from sessions where user_id = %(user)s

-- name: sweep_sessions
delete from sessions where expires_at < now()

-- name: groups
select id, name, array(select user_id from group_members where group_id = groups.id order by user_id)
from groups where {filters} order by id desc limit %(limit)s

-- name: add_group
insert into groups (id, name) values (%(id)s, %(name)s) on conflict do nothing returning id

-- name: lock_group
select name from groups where id = %(id)s for update

-- name: empty_group
delete from group_members where group_id = %(id)s

-- name: fill_group
insert into group_members (group_id, user_id)
select %(id)s, user_id from memberships where user_id = any (%(members)s::uuid[])
returning user_id

-- name: remove_group
delete from groups where id = %(id)s

-- name: invite
insert into invitations (id, email, role, invited_by, digest, expires_at)
select %(id)s, %(email)s, %(role)s, %(by)s, %(digest)b, now() + %(seconds)s * interval '1 second'
where not exists (
    select from users join memberships on user_id = users.id where email = %(email)s
)
returning id

-- name: invitations
select id, email, role, invited_by, created_at, expires_at
from invitations where accepted_at is null and {filters} order by id desc limit %(limit)s

-- name: accept_invitation
update invitations set accepted_at = now()
where digest = %(digest)b and accepted_at is null and expires_at > now()
returning email, role

-- name: withdraw_invitation
delete from invitations where id = %(id)s and accepted_at is null returning id

-- name: add_key
insert into api_keys (id, name, digest, starts, scopes, made_by, made_by_id, expires_at)
values (
    %(id)s, %(name)s, %(digest)b, %(starts)s, %(scopes)s::text[], %(by)s, %(by_id)s, %(expires)s::timestamptz
)

-- name: keys
select id, name, starts, scopes, made_by, created_at, expires_at, used_at
from api_keys where revoked_at is null and {filters} order by id desc limit %(limit)s

-- name: revoke_key
update api_keys set revoked_at = now() where id = %(id)s and revoked_at is null returning name

-- name: end_keys
-- Those that a member made and that may more than these rights.
update api_keys set revoked_at = now()
where made_by_id = %(user)s and revoked_at is null and not scopes <@ %(rights)s::text[]

-- name: key_caller
select id, name, scopes, coalesce(used_at < date_trunc('minute', now()), true)
from api_keys
where digest = %(digest)b and revoked_at is null and (expires_at is null or expires_at > now())

-- name: key_used
update api_keys set used_at = date_trunc('minute', now())
where id = %(id)s and (used_at is null or used_at < date_trunc('minute', now()))

-- name: write_audit
insert into audit_log (id, who_kind, who_id, who_name, what, object, detail)
values (%(id)s, %(who_kind)s, %(who_id)s, %(who_name)s, %(what)s, %(object)s, %(detail)s)

-- name: note_refused
-- Once a minute for an address and an account, and so often in all that nobody fills the log with it.
insert into audit_log (id, who_kind, who_id, who_name, what, object, detail)
select %(id)s, %(who_kind)s, %(who_id)s, %(who_name)s, %(what)s, %(object)s, %(detail)s
where not exists (
    select from audit_log
    where what = 'session.refused' and at > now() - interval '1 minute'
        and object is not distinct from %(object)s and who_name = %(who_name)s
) and (
    select count(*) from audit_log where what = 'session.refused' and at > now() - interval '1 minute'
) < %(most)s

-- name: audit
select id, at, who_kind, who_id, who_name, what, object, detail
from audit_log where {filters} order by id desc limit %(limit)s
