-- name: identity_member
select user_id from identities where issuer = %(issuer)s and subject = %(subject)s

-- name: member_by_email
select users.id from users join memberships on memberships.user_id = users.id where email = %(email)s

-- name: link_identity
insert into identities (issuer, subject, user_id) values (%(issuer)s, %(subject)s, %(user)s) on conflict do nothing

-- name: accept_for_email
update invitations set accepted_at = now()
where id = (
    select id from invitations
    where email = %(email)s and accepted_at is null and expires_at > now()
    order by id desc limit 1 for update skip locked
)
returning role
