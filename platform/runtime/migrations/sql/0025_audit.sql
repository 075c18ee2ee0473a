-- The audit log asked by who, what and about what; and tries to come in that were refused, which are nobody's. Keys end
-- with the member who made them, so they know whom that is.

create index audit_log_by_object on audit_log (workspace_id, object, id desc);
create index audit_log_by_what on audit_log (workspace_id, what, id desc);
create index audit_log_by_who on audit_log (workspace_id, who_name, id desc);
create index audit_log_refused on audit_log (workspace_id, at) where what = 'session.refused';

alter table audit_log
    drop constraint audit_log_who_kind_check,
    add constraint audit_log_who_kind_check check (who_kind in ('user', 'key', 'system', 'nobody'));

alter table api_keys add column made_by_id uuid;
update api_keys set made_by_id = users.id
from users
where users.workspace_id = api_keys.workspace_id and api_keys.made_by = users.name || ' <' || users.email || '>';
create index api_keys_by_maker on api_keys (workspace_id, made_by_id) where revoked_at is null;
