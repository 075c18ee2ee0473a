-- What runs wait for, and the counters of clauses and limits.
--
-- What belongs to a live run goes with it. What belongs to a key (a line, a group, a window) is found by `line`: 16
-- bytes of a hash of workspace, clause, rule and key, so keys of any length have rows of one size. The indexes leave out
-- the workspace or have it behind another column, for the reason that live_runs gives in the first revision.

-- tied: something has to be done for others when the run ends. unread: signals that it has not read.
alter table live_runs
    add column tied boolean not null default false,
    add column unread integer not null default 0;

-- The slot under which the parent waits for what the run returns.
alter table runs add column answers text;

alter table publications add column limits json not null default '[]';

-- A wider check holds for every row that is there, so nobody has to look.
alter table steps
    drop constraint steps_state_check,
    add constraint steps_state_check check (state in ('intent', 'done', 'failed', 'unknown', 'skipped')) not valid;
alter table step_outcomes
    drop constraint step_outcomes_state_check,
    add constraint step_outcomes_state_check
        check (state in ('intent', 'done', 'failed', 'unknown', 'skipped')) not valid;

create table run_outputs (
    workspace_id uuid not null,
    run_id uuid primary key,
    output json not null
);

-- path is empty where any event of the trigger fits. value_hash is a hash of the JSON value, numbers by their value.
-- looked: events that came before the row was there have been looked through.
create table listens (
    workspace_id uuid not null,
    run_id uuid not null,
    value_hash uuid not null,
    connection_id uuid,
    looked boolean not null,
    slot text not null,
    trigger text not null,
    path text not null,
    primary key (run_id, slot)
);

-- Partial, here and below, for the reason that runs_by_rule gives: it must not look like a way to what a run has.
create index listens_by_value on listens (trigger, workspace_id, path, value_hash) where trigger is not null;

-- source is what it tells of: an event, a question, the run that ended or that ordered. So it comes once.
create table signals (
    workspace_id uuid not null,
    run_id uuid not null,
    source uuid not null,
    id uuid not null default gen_random_uuid(),
    number bigint generated always as identity,
    kind text not null check (kind in ('event', 'decided', 'returned', 'turn', 'end')),
    slot text not null,
    fault_code text,
    fault_message text,
    data json,
    primary key (run_id, kind, slot, source)
);

create table approvals (
    workspace_id uuid not null,
    id uuid not null,
    run_id uuid not null,
    created_at timestamptz not null default now(),
    until timestamptz not null,
    decided_at timestamptz,
    slot text not null,
    rule text not null,
    question text not null,
    asked text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'refused', 'closed')),
    decided_by text,
    primary key (workspace_id, id)
);

create index approvals_open_of_run on approvals (run_id) where state = 'open';
create index approvals_open on approvals (id) where state = 'open';

-- Who has a key of `one at a time`, and who waits for it, in the order of number.
create table turns (
    workspace_id uuid not null,
    line uuid not null,
    run_id uuid not null,
    number bigint generated always as identity,
    primary key (run_id, line)
);

create index turns_in_order on turns (line, number) where line is not null;

-- Runs that wait for quiet. mark is the event's id, or the run's where there is no event; the newest one fires.
create table quiet_runs (
    workspace_id uuid not null,
    line uuid not null,
    mark uuid not null,
    run_id uuid not null,
    of_event boolean not null,
    primary key (run_id, line)
);

create index quiet_runs_in_order on quiet_runs (line, mark) where line is not null;

-- What a run that fired was given.
create table quiet_events (
    workspace_id uuid not null,
    run_id uuid primary key,
    events uuid[] not null
);

-- A window that slides: total is the sum of the uses that are there.
create table windows (
    workspace_id uuid not null,
    line uuid primary key,
    expires_at timestamptz not null,
    total numeric not null
) with (fillfactor = 50);

create index windows_by_end on windows (expires_at);

create table window_uses (
    workspace_id uuid not null,
    line uuid not null,
    token uuid not null,
    used_at timestamptz not null,
    amount numeric not null,
    primary key (line, token)
);

create index window_uses_in_order on window_uses (line, used_at);

-- Up to where a schedule was dealt with.
create table schedules (
    workspace_id uuid not null,
    key text not null,
    planned_at timestamptz not null,
    primary key (workspace_id, key)
);

do $$
declare
    name text;
begin
    foreach name in array array[
        'run_outputs', 'listens', 'signals', 'approvals', 'turns', 'quiet_runs', 'quiet_events', 'windows', 'window_uses',
        'schedules'
    ] loop
        execute format('alter table %I alter workspace_id set default nullif(current_setting(''treadle.workspace'', true), '''')::uuid', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format(
            'create policy own_workspace on %I using (workspace_id = (select nullif(current_setting(''treadle.workspace'', true), '''')::uuid))',
            name
        );
    end loop;
end
$$;

grant select, insert on run_outputs, listens, signals, approvals, turns, quiet_runs, quiet_events, windows, window_uses,
    schedules to treadle_app;
grant delete on listens, signals, turns, quiet_runs, quiet_events, windows, window_uses to treadle_app;
grant update (looked) on listens to treadle_app;
grant update (state, decided_by, decided_at) on approvals to treadle_app;
grant update (total, expires_at) on windows to treadle_app;
grant update (planned_at) on schedules to treadle_app;
