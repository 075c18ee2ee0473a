-- What changed, told by the commit that changed it: a row a statement, with the ids alone. Who reads looks up the rest.
--
-- xid is the commit's own, so that a reader who keeps the snapshot of its last look finds exactly what was not visible
-- then, in whatever order commits ended. steps stands beside runs: the step of the run that changed, or null for the run
-- itself; where it is missing, all are runs. told is one change that triggers write out whole.

create table changes (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null default now(),
    events uuid[],
    runs uuid[],
    steps uuid[],
    told json
) with (
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.5
);

create index changes_in_order on changes (xid);

alter table changes enable row level security, force row level security;
create policy own_workspace on changes
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on changes to treadle_app;

-- One change of a table that changes seldom. The arguments: its kind, then the columns of its id, rule, status and run;
-- empty where there is none. Last the status of a row that goes, if it is not `gone`.
create function tell_change() returns trigger language plpgsql as $$
declare
    changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
    status text := case when tg_op = 'DELETE' then coalesce(tg_argv[5], 'gone') else changed ->> nullif(tg_argv[3], '') end;
begin
    insert into changes (workspace_id, told) values (
        (changed ->> 'workspace_id')::uuid,
        json_build_object(
            'kind', tg_argv[0], 'id', changed ->> tg_argv[1], 'rule', changed ->> nullif(tg_argv[2], ''),
            'status', status, 'run', changed ->> nullif(tg_argv[4], '')
        )
    );
    return null;
end
$$;

create trigger told_asked after insert on approvals
    for each row execute function tell_change('approval', 'id', 'rule', 'state', 'run_id');
create trigger told_decided after update of state on approvals
    for each row when (old.state is distinct from new.state)
    execute function tell_change('approval', 'id', 'rule', 'state', 'run_id');
create trigger told_published after update of live_publication_id on workspaces
    for each row when (old.live_publication_id is distinct from new.live_publication_id)
    execute function tell_change('publication', 'live_publication_id', '', '', '');
create trigger told_switched after insert or delete or update of state on rule_switches
    for each row execute function tell_change('rule', 'rule', 'rule', 'state', '', 'on');
create trigger told_came after insert on workers
    for each row execute function tell_change('worker', 'id', '', '', '');
create trigger told_left after update of seen_at on workers
    for each row when (new.seen_at = '-infinity') execute function tell_change('worker', 'id', '', '', '');

-- Who may not any more, or not the same: the id is that of the user or of the key.
create trigger told_signed_out after delete on sessions
    for each row execute function tell_change('access', 'user_id', '', '', '');
create trigger told_members after delete or update of role on memberships
    for each row execute function tell_change('access', 'user_id', '', 'role', '');
create trigger told_revoked after update of revoked_at on api_keys
    for each row when (old.revoked_at is distinct from new.revoked_at)
    execute function tell_change('access', 'id', '', '', '');

-- What happened when, added up from the changes: amounts in steps of so many seconds. Durations are counted by bucket,
-- whose bounds grow by a factor; all else has the bucket 0.
create table figures (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    at timestamptz not null,
    span integer not null check (span in (60, 900, 3600, 21600, 86400)),
    bucket integer not null,
    name text not null,
    amount double precision not null,
    primary key (workspace_id, span, at, name, bucket)
) with (fillfactor = 70);

-- Up to where the changes are added up.
create table figures_read (
    workspace_id uuid primary key default nullif(current_setting('treadle.workspace', true), '')::uuid,
    added_at timestamptz not null,
    upto pg_snapshot not null
);

do $$
declare
    name text;
begin
    foreach name in array array['figures', 'figures_read'] loop
        execute format('alter table %I enable row level security, force row level security', name);
        execute format(
            'create policy own_workspace on %I using (workspace_id = (select nullif(current_setting(''treadle.workspace'', true), '''')::uuid))',
            name
        );
    end loop;
end
$$;

grant select, insert, update, delete on figures, figures_read to treadle_app;
