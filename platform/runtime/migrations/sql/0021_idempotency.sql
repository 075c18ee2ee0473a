-- What was answered to a request with an Idempotency-Key, for a day. `id` is what the request gives the thing that it
-- makes, so a second try after a crash meets what the first one made; `answer` is sealed, as it may hold a new secret.

create table idempotency_keys (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    id uuid not null,
    free_at timestamptz not null,
    expires_at timestamptz not null,
    status smallint,
    asker text not null,
    key text not null check (length(key) between 1 and 255),
    digest bytea not null check (length(digest) = 32),
    answer text,
    primary key (workspace_id, asker, key)
);

create index idempotency_keys_expiring on idempotency_keys (workspace_id, expires_at);

alter table idempotency_keys enable row level security, force row level security;
create policy own_workspace on idempotency_keys
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on idempotency_keys to treadle_app;
grant update (id, free_at, expires_at, status, digest, answer) on idempotency_keys to treadle_app;
