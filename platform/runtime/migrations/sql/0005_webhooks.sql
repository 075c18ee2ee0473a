-- Addresses of `when webhook` lines, and the fields of events of one's own, so that both can come from outside.

alter table publications add column events json not null default '{}';

-- id stands where deliveries and events name a connection. A row stays when no rule hears it: its address is the same
-- when one does again.
create table webhooks (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    id uuid not null,
    created_at timestamptz not null default now(),
    name text not null,
    hook text not null,
    primary key (workspace_id, name)
);

alter table webhooks enable row level security, force row level security;
create policy own_workspace on webhooks
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert on webhooks to treadle_app;
