-- Backtests: what was asked, how far it is, and what came of it.

-- publication_id is the set that is compared with; files holds the texts by path that are otherwise in the one that is
-- tried, null for a file that is not in it. beat_at says when its process was heard of last.
create table backtests (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid references workspaces,
    id uuid not null,
    publication_id uuid not null,
    created_at timestamptz not null default now(),
    began_at timestamptz not null default now(),
    beat_at timestamptz not null default now(),
    ended_at timestamptz,
    since timestamptz not null,
    until timestamptz not null,
    reached timestamptz,
    events bigint not null default 0,
    tries integer not null default 1,
    cancelling boolean not null default false,
    state text not null default 'running'
        check (state in ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    who text not null,
    error_code text,
    error_message text,
    rules json not null,
    files json not null,
    diagnostics json,
    result json,
    primary key (workspace_id, id)
);

create unique index backtests_running on backtests (workspace_id) where state = 'running';

alter table backtests enable row level security, force row level security;
create policy own_workspace on backtests
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on backtests to treadle_app;
grant update (
    began_at, beat_at, ended_at, reached, events, tries, cancelling, state, error_code, error_message, diagnostics, result
) on backtests to treadle_app;
