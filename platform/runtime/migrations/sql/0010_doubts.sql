-- What people say about calls whose outcome is unknown.

-- A wider check holds for every row that is there, so nobody has to look.
alter table signals
    drop constraint signals_kind_check,
    add constraint signals_kind_check
        check (kind in ('event', 'decided', 'returned', 'turn', 'end', 'resolved')) not valid;

create table resolutions (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    run_id uuid not null,
    id uuid not null,
    step_id uuid not null,
    at timestamptz not null default now(),
    how text not null check (how in ('happened', 'again', 'skip')),
    who text not null,
    reason text,
    primary key (run_id, id)
);

alter table resolutions enable row level security, force row level security;
create policy own_workspace on resolutions
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert on resolutions to treadle_app;
