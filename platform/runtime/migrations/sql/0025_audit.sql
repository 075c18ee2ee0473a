-- The audit log asked by who, what and about what; and tries to come in that were refused, which are nobody's.

create index audit_log_by_object on audit_log (workspace_id, object, id desc);
create index audit_log_by_what on audit_log (workspace_id, what, id desc);
create index audit_log_by_who on audit_log (workspace_id, who_name, id desc);
create index audit_log_refused on audit_log (workspace_id, at) where what = 'session.refused';

alter table audit_log
    drop constraint audit_log_who_kind_check,
    add constraint audit_log_who_kind_check check (who_kind in ('user', 'key', 'system', 'nobody'));
