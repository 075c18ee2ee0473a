-- Rule files that are being edited, and who made which set the live one.

alter table publications add column who text, add column comment text, add column restores uuid;

-- Without a source the file is to be gone. The base is the ETag of the published file that the draft goes out from, null
-- where there was none.
create table drafts (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid references workspaces,
    path text not null check (octet_length(path) <= 1024),
    source text,
    base text,
    changed_at timestamptz not null default now(),
    who text not null,
    primary key (workspace_id, path)
);

alter table drafts enable row level security, force row level security;
create policy own_workspace on drafts
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on drafts to treadle_app;
grant update (source, base, changed_at, who) on drafts to treadle_app;
