-- Workspaces beside the first one, and what the processes of an installation ask about all of them.

-- The slug is what requests and commands call a workspace; changed counts what engines hold in memory: switches,
-- connections and webhooks. The owner obeys the policies too, and this is of all workspaces.
alter table workspaces no force row level security;
alter table workspaces
    add column changed bigint not null default 0,
    add column slug text not null default 'w-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)
        check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$');
update workspaces set slug = 'main' where workspace_id = '00000000-0000-7000-8000-000000000001';
alter table workspaces add unique (slug);
alter table workspaces force row level security;

grant insert (workspace_id, slug, name) on workspaces to treadle_app;
grant update (slug, name, changed) on workspaces to treadle_app;

-- The secret in a hook's address names the workspace, so two workspaces may each have a connection of one name.
alter table connections drop constraint connections_name_key;
alter table connections add unique (workspace_id, name);

-- Each workspace finds what is due without passing the backlog of others. Partial, though it is never null: so it never
-- looks like a way to find one run.
drop index live_runs_due;
create index live_runs_due on live_runs (workspace_id, due_at, run_id) where due_at is not null;

create function count_change() returns trigger language plpgsql as $$
begin
    update workspaces set changed = changed + 1
    where workspace_id = case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end;
    return null;
end
$$;

create trigger counted after insert or update or delete on rule_switches
    for each row execute function count_change();
create trigger counted after insert or update or delete on connections
    for each row execute function count_change();
create trigger counted after insert or update or delete on webhooks
    for each row execute function count_change();

-- Two questions reach over all workspaces: which there are, and which have work. The app's role may ask them by these
-- functions alone; they run as the owner, who may read these three tables while one of them runs, and then only.
create policy over_all on workspaces for select to current_user
    using (current_setting('treadle.over_all', true) = 'on');
create policy over_all on live_runs for select to current_user
    using (current_setting('treadle.over_all', true) = 'on');
create policy over_all on bulk_starts for select to current_user
    using (current_setting('treadle.over_all', true) = 'on');

create function all_workspaces()
returns table (id uuid, slug text, name text, created_at timestamptz, live uuid, changed bigint)
language plpgsql security definer set search_path = treadle, pg_temp as $$
begin
    perform set_config('treadle.over_all', 'on', true);
    return query
        select each.workspace_id, each.slug, each.name, each.created_at, each.live_publication_id, each.changed
        from workspaces as each order by each.workspace_id;
    perform set_config('treadle.over_all', '', true);
end
$$;

create function due_workspaces() returns table (id uuid)
language plpgsql security definer set search_path = treadle, pg_temp as $$
begin
    perform set_config('treadle.over_all', 'on', true);
    return query
        select each.workspace_id from workspaces as each
        where exists (
            select from live_runs where live_runs.workspace_id = each.workspace_id and live_runs.due_at <= now()
        ) or exists (
            select from bulk_starts
            where bulk_starts.workspace_id = each.workspace_id and state = 'running' and bulk_starts.due_at <= now()
        );
    perform set_config('treadle.over_all', '', true);
end
$$;

revoke execute on function all_workspaces(), due_workspaces() from public;
grant execute on function all_workspaces(), due_workspaces() to treadle_app;
