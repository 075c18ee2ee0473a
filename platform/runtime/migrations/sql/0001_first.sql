-- The tables of the runtime.
--
-- History is only ever added to: events, runs and steps are written once, and what becomes of them later (the data that
-- was loaded, the end, the outcome) is a row of its own. So nothing is rewritten, nothing swells, the app's role needs no
-- right to change what happened, and each write finds its place by a key alone.
--
-- Tables that are listed by workspace have keys that begin with it, so that the policies at the end of this file cost
-- nothing: the filter they add is the beginning of the index. What belongs to a run is found by the run's id.
-- None of the tables that events pass through has foreign keys: each would cost a look-up and a row lock per row, and
-- one statement writes both sides anyway.
--
-- Documents are `json`, not `jsonb`: the text stays as it came. jsonb refuses \u0000, rewrites numbers (1.10 becomes
-- numeric, 1e400 fails) and sorts keys; history has to give back what was there. Nothing is indexed inside them.

create table workspaces (
    workspace_id uuid primary key,
    created_at timestamptz not null default now(),
    live_publication_id uuid,
    name text not null
);

create table deliveries (
    workspace_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    received_at timestamptz not null default now(),
    content_type text not null,
    body bytea not null,
    primary key (workspace_id, id)
);

create table events (
    workspace_id uuid not null,
    id uuid not null,
    received_at timestamptz not null default now(),
    connection_id uuid,
    delivery_id uuid,
    publication_id uuid,
    cause_run_id uuid,
    hops integer not null,
    trigger text not null,
    key text,
    entity text,
    version text,
    unread text,
    data json not null,
    primary key (workspace_id, id)
);

create index events_by_entity on events (workspace_id, entity, id) where entity is not null;

create table event_loads (
    workspace_id uuid not null,
    event_id uuid primary key,
    loaded json not null
);

-- Apart from the events, so that those can be partitioned by id (which is time) later. key_hash is 16 bytes of BLAKE2b.
create table event_keys (
    workspace_id uuid not null,
    connection_id uuid not null,
    key_hash uuid not null,
    event_id uuid not null,
    primary key (workspace_id, connection_id, key_hash)
);

-- The status of a run that is not over stands in live_runs.
create table runs (
    workspace_id uuid not null,
    id uuid not null,
    created_at timestamptz not null default now(),
    event_id uuid,
    parent_id uuid,
    hops integer not null,
    graph text not null,
    kind text not null check (kind in ('rule', 'sequence')),
    rule text not null,
    origin text not null,
    primary key (workspace_id, id)
);

-- Partial, though no rule is null: so it serves those who name a rule and never looks like a way to find a run by id.
create index runs_by_rule on runs (workspace_id, rule, id) where rule is not null;
create index runs_by_event on runs (workspace_id, event_id) where event_id is not null;

-- epoch tells a repeated last write from one that came too late.
create table run_ends (
    workspace_id uuid not null,
    run_id uuid primary key,
    ended_at timestamptz not null default now(),
    epoch integer not null,
    outcome text not null check (outcome in ('done', 'failed', 'stopped', 'suppressed')),
    error_code text,
    error_message text
);

create index run_ends_by_outcome on run_ends (workspace_id, outcome, run_id) where outcome <> 'done';

-- The one table that is written again and again: small, swept often, with room in each page for new versions of rows.
-- It is often empty and minutes later holds tens of thousands of rows, faster than statistics follow. Its indexes leave
-- out the workspace, because "all rows of the workspace" must not look like a cheap way to find one run.
create table live_runs (
    workspace_id uuid not null,
    run_id uuid not null,
    due_at timestamptz not null,
    worker_id uuid,
    intent_id uuid,
    epoch integer not null default 0,
    crashes integer not null default 0,
    status text not null check (status in ('matching', 'running', 'waiting', 'unknown')),
    state json not null,
    primary key (run_id)
) with (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.2,
    autovacuum_analyze_threshold = 5000
);

create index live_runs_due on live_runs (due_at);

create table steps (
    workspace_id uuid not null,
    run_id uuid not null,
    id uuid not null,
    connection_id uuid,
    started_at timestamptz not null default now(),
    seq integer not null,
    tries integer not null,
    node text not null,
    what text not null,
    state text not null check (state in ('intent', 'done', 'failed', 'unknown')),
    effect text check (effect in ('idempotent', 'checkable', 'blind')),
    entity text,
    error_code text,
    error_message text,
    input json,
    output json,
    primary key (run_id, id)
);

create index steps_by_entity on steps (workspace_id, entity, started_at) where entity is not null;

-- What became of a step that was written as an intent.
create table step_outcomes (
    workspace_id uuid not null,
    run_id uuid not null,
    step_id uuid not null,
    written_at timestamptz not null default now(),
    tries integer not null,
    state text not null check (state in ('intent', 'done', 'failed', 'unknown')),
    version text,
    error_code text,
    error_message text,
    output json,
    primary key (run_id, step_id)
);

create table once_keys (
    workspace_id uuid not null,
    key_hash uuid not null,
    run_id uuid not null,
    expires_at timestamptz not null,
    rule text not null,
    primary key (workspace_id, rule, key_hash)
);

create table connections (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null default now(),
    looked_up_at timestamptz,
    is_default boolean not null,
    plugin text not null,
    kind text not null,
    name text not null unique,
    hook text not null,
    settings json not null,
    sealed json not null,
    choices json,
    primary key (workspace_id, id)
);

create table graphs (
    workspace_id uuid not null references workspaces,
    version text not null,
    created_at timestamptz not null default now(),
    graph json not null,
    primary key (workspace_id, version)
);

create table publications (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null,
    primary key (workspace_id, id)
);

create table publication_sources (
    workspace_id uuid not null,
    publication_id uuid not null,
    path text not null,
    source text not null,
    primary key (workspace_id, publication_id, path),
    foreign key (workspace_id, publication_id) references publications
);

create table publication_graphs (
    workspace_id uuid not null,
    publication_id uuid not null,
    version text not null,
    primary key (workspace_id, publication_id, version),
    foreign key (workspace_id, publication_id) references publications,
    foreign key (workspace_id, version) references graphs
);

create table plugin_values (
    workspace_id uuid not null,
    connection_id uuid not null,
    expires_at timestamptz,
    key text not null,
    value bytea not null,
    primary key (workspace_id, connection_id, key)
);

create table workers (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null,
    progress_at timestamptz not null,
    claimed integer not null,
    name text not null,
    primary key (workspace_id, id)
);

create table api_keys (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null default now(),
    name text not null,
    digest bytea not null unique check (length(digest) = 32),
    primary key (workspace_id, id)
);

insert into workspaces (workspace_id, name) values ('00000000-0000-7000-8000-000000000001', 'main');

-- A statement sees the rows of the workspace that its connection names, and none without one. The sub-select makes the
-- setting be read once a statement. The owner of the tables obeys too.
do $$
declare
    name text;
begin
    for name in select tablename from pg_tables where schemaname = 'treadle' and tablename <> 'alembic_version' loop
        execute format('alter table %I alter workspace_id set default nullif(current_setting(''treadle.workspace'', true), '''')::uuid', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format(
            'create policy own_workspace on %I using (workspace_id = (select nullif(current_setting(''treadle.workspace'', true), '''')::uuid))',
            name
        );
    end loop;
end
$$;

grant usage on schema treadle to treadle_app;
grant select on all tables in schema treadle to treadle_app;
grant insert on deliveries, events, event_loads, event_keys, runs, run_ends, live_runs, steps, step_outcomes, once_keys,
    connections, graphs, publications, publication_sources, publication_graphs, plugin_values, workers, api_keys
    to treadle_app;
grant update (live_publication_id) on workspaces to treadle_app;
grant update, delete on live_runs to treadle_app;
grant update (written_at, tries, state, version, error_code, error_message, output) on step_outcomes to treadle_app;
grant update (run_id, expires_at) on once_keys to treadle_app;
grant update (looked_up_at, is_default, plugin, kind, name, hook, settings, sealed, choices) on connections to treadle_app;
grant update (expires_at, value), delete on plugin_values to treadle_app;
grant update (seen_at, progress_at, claimed, name) on workers to treadle_app;
