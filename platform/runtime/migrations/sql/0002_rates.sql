-- Rates of connections, held across processes: one small row a connection, locked for the length of one statement.
--
-- places are the last ones that were taken, at most as many as a period may hold, in seconds from asked_at. wait is the
-- last answer; it stands here because a statement can only return what it wrote.

create table connection_rates (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    connection_id uuid not null,
    asked_at timestamptz not null,
    wait double precision not null,
    places double precision[] not null,
    primary key (workspace_id, connection_id)
) with (fillfactor = 50);

alter table connection_rates enable row level security, force row level security;
create policy own_workspace on connection_rates
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, update (asked_at, wait, places) on connection_rates to treadle_app;
