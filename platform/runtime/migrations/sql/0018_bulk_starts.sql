-- Sequences that are started for each row of a list.

-- due_at: when somebody looks next; while a worker is at it, when another one may. planned_at: when the next row is to
-- start. held: why nothing starts just now.
create table bulk_starts (
    workspace_id uuid not null,
    id uuid not null,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    planned_at timestamptz not null default now(),
    ended_at timestamptz,
    per_minute double precision not null,
    total integer not null,
    next_row integer not null default 0,
    started integer not null default 0,
    refused integer not null default 0,
    state text not null default 'running' check (state in ('running', 'done', 'cancelled')),
    sequence text not null,
    who text not null,
    held text,
    primary key (workspace_id, id)
);

create index bulk_starts_due on bulk_starts (due_at) where state = 'running';

-- A JSON array of some hundred rows that have yet to start.
create table bulk_start_rows (
    workspace_id uuid not null,
    bulk_id uuid not null,
    first_row integer not null,
    rows json not null,
    primary key (bulk_id, first_row)
);

create table bulk_start_refusals (
    workspace_id uuid not null,
    bulk_id uuid not null,
    number integer not null,
    reason text not null,
    primary key (bulk_id, number)
);

alter table run_origins add column bulk_id uuid;
create index run_origins_of_retries on run_origins (retry_of) where retry_of is not null;

-- What was asked of people in a run, also when it is decided.
create index approvals_of_run on approvals (run_id, id) where id is not null;

-- What models were asked, to add up what they cost.
create index steps_of_models on steps (workspace_id, started_at) where what like 'ask %';

do $$
declare
    name text;
begin
    foreach name in array array['bulk_starts', 'bulk_start_rows', 'bulk_start_refusals'] loop
        execute format('alter table %I alter workspace_id set default nullif(current_setting(''treadle.workspace'', true), '''')::uuid', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format(
            'create policy own_workspace on %I using (workspace_id = (select nullif(current_setting(''treadle.workspace'', true), '''')::uuid))',
            name
        );
    end loop;
end
$$;

grant select, insert, delete on bulk_starts, bulk_start_rows, bulk_start_refusals to treadle_app;
grant update (due_at, planned_at, ended_at, next_row, started, refused, state, held) on bulk_starts to treadle_app;
