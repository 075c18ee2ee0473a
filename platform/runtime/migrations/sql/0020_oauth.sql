-- Accounts connected by consent, and hooks that change their secret without losing a delivery.

alter table connections add column old_hook_until timestamptz, add column old_hook text;
grant update (old_hook_until, old_hook), delete on connections to treadle_app;

-- The tokens of a connection. A refresh is leased in the row, never in a transaction, for a service is asked meanwhile;
-- who comes first with new tokens counts the generation up, and later ones find that theirs is over.
create table oauth_grants (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid references workspaces,
    connection_id uuid not null,
    created_at timestamptz not null default now(),
    refreshed_at timestamptz not null default now(),
    expires_at timestamptz not null,
    leased_until timestamptz,
    lease uuid,
    generation integer not null default 1,
    state text not null default 'live' check (state in ('live', 'reconnect_needed')),
    reason text,
    sealed json not null,
    primary key (workspace_id, connection_id),
    foreign key (workspace_id, connection_id) references connections (workspace_id, id) on delete cascade
);

-- Consents that somebody was sent to ask for. The state is kept as a hash, the verifier sealed; each is used once.
create table oauth_starts (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid references workspaces,
    state_digest bytea not null check (length(state_digest) = 32),
    connection_id uuid not null,
    expires_at timestamptz not null,
    browser_digest bytea check (length(browser_digest) = 32),
    verifier text not null,
    redirect_uri text not null,
    started_by text not null,
    primary key (workspace_id, state_digest),
    foreign key (workspace_id, connection_id) references connections (workspace_id, id) on delete cascade
);
create index on oauth_starts (workspace_id, connection_id);

alter table oauth_grants enable row level security, force row level security;
alter table oauth_starts enable row level security, force row level security;
create policy own_workspace on oauth_grants
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));
create policy own_workspace on oauth_starts
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, update, delete on oauth_grants to treadle_app;
grant select, insert, delete on oauth_starts to treadle_app;

-- Members by what an identity provider knows them by, which stays when their email changes there.
create table identities (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    issuer text not null,
    subject text not null,
    created_at timestamptz not null default now(),
    user_id uuid not null,
    primary key (workspace_id, issuer, subject),
    foreign key (workspace_id, user_id) references memberships (workspace_id, user_id) on delete cascade
);
create index on identities (workspace_id, user_id);

alter table identities enable row level security, force row level security;
create policy own_workspace on identities
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert on identities to treadle_app;
