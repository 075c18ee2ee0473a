-- People, what they may, how they come in, and what was changed by whom.
--
-- An account belongs to a workspace: whoever is in two has two. Who was let go keeps the row in users, so that history
-- can name them, and loses the membership, which holds the role. Of every secret there is a digest alone.

create table users (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null default now(),
    email text not null check (email = lower(email)),
    name text not null,
    password text,
    primary key (workspace_id, id),
    unique (workspace_id, email)
);

create table memberships (
    workspace_id uuid not null,
    user_id uuid not null,
    since timestamptz not null default now(),
    role text not null check (role in ('owner', 'editor', 'operator', 'viewer')),
    primary key (workspace_id, user_id),
    foreign key (workspace_id, user_id) references users
);

create table groups (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null default now(),
    name text not null,
    primary key (workspace_id, id),
    unique (workspace_id, name)
);

create table group_members (
    workspace_id uuid not null,
    group_id uuid not null,
    user_id uuid not null,
    primary key (workspace_id, group_id, user_id),
    foreign key (workspace_id, group_id) references groups on delete cascade,
    foreign key (workspace_id, user_id) references memberships on delete cascade
);

create index group_members_by_user on group_members (workspace_id, user_id);

create table invitations (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    email text not null check (email = lower(email)),
    role text not null check (role in ('owner', 'editor', 'operator', 'viewer')),
    invited_by text not null,
    digest bytea not null unique check (length(digest) = 32),
    primary key (workspace_id, id)
);

create table sessions (
    workspace_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    digest bytea not null unique check (length(digest) = 32),
    primary key (workspace_id, id),
    foreign key (workspace_id, user_id) references memberships on delete cascade
);

create index sessions_by_user on sessions (workspace_id, user_id);
create index sessions_by_end on sessions (workspace_id, expires_at);

-- Keys from before have no end and may everything. `starts` are the first characters, by which people know a key again.
alter table api_keys
    add column starts text,
    add column scopes text[] not null default array['read', 'operate', 'edit', 'administer'],
    add column made_by text,
    add column expires_at timestamptz,
    add column used_at timestamptz,
    add column revoked_at timestamptz;

create table audit_log (
    workspace_id uuid not null references workspaces,
    id uuid not null,
    at timestamptz not null default now(),
    who_kind text not null check (who_kind in ('user', 'key', 'system')),
    who_id uuid,
    who_name text not null,
    what text not null,
    object text,
    detail json not null,
    primary key (workspace_id, id)
);

do $$
declare
    name text;
begin
    foreach name in array array[
        'users', 'memberships', 'groups', 'group_members', 'invitations', 'sessions', 'audit_log'
    ] loop
        execute format('alter table %I alter workspace_id set default own_workspace()', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format('create policy own_workspace on %I using (workspace_id = (select own_workspace()))', name);
    end loop;
end
$$;

grant select, insert on users, memberships, groups, group_members, invitations, sessions, audit_log to treadle_app;
grant update (name, password) on users to treadle_app;
grant update (role) on memberships to treadle_app;
grant update (name) on groups to treadle_app;
grant update (accepted_at) on invitations to treadle_app;
grant update (used_at, revoked_at) on api_keys to treadle_app;
grant delete on memberships, groups, group_members, invitations, sessions to treadle_app;
