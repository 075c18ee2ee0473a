-- The texts of rule files once each, whatever number of versions has them.

create table texts (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid references workspaces,
    hash bytea not null check (length(hash) = 32),
    text text not null,
    primary key (workspace_id, hash)
);

-- No foreign key to the texts: dropping one would look through all files of all versions. Who publishes and who drops
-- what nobody needs hold the same lock, so a text that is referred to stays.
create table publication_files (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    publication_id uuid not null,
    path text not null,
    hash bytea not null check (length(hash) = 32),
    primary key (workspace_id, publication_id, path),
    foreign key (workspace_id, publication_id) references publications
);

-- The owner obeys the policies too, and this is of all workspaces.
alter table publications no force row level security;
alter table publication_sources no force row level security;

insert into publication_files (workspace_id, publication_id, path, hash)
select workspace_id, publication_id, path, sha256(convert_to(source, 'UTF8')) from publication_sources;

insert into texts (workspace_id, hash, text)
select workspace_id, sha256(convert_to(source, 'UTF8')), source from publication_sources
on conflict do nothing;

drop table publication_sources;

alter table publications force row level security;

alter table texts enable row level security, force row level security;
alter table publication_files enable row level security, force row level security;
create policy own_workspace on texts
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));
create policy own_workspace on publication_files
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on texts, publication_files to treadle_app;
