-- The texts of rule files once each, whatever number of versions has them. Then what pauses, what was switched when, and
-- what was spent.

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

-- Lists of starts may pause. Rows stay where they are meanwhile.
alter table bulk_starts drop constraint bulk_starts_state_check;
alter table bulk_starts add constraint bulk_starts_state_check
    check (state in ('running', 'paused', 'done', 'cancelled'));

-- Each time that somebody switched a rule. rule_switches has the last state alone.
create table rule_switchings (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    id bigint generated always as identity,
    switched_at timestamptz not null default now(),
    rule text not null,
    state text not null check (state in ('on', 'off', 'rehearse')),
    primary key (workspace_id, id)
);

alter table rule_switches no force row level security;
insert into rule_switchings (workspace_id, switched_at, rule, state)
select workspace_id, switched_at, rule, state from rule_switches order by switched_at;
alter table rule_switches force row level security;

-- What steps cost, by the hour in which they ended: turns of models, and actions that declare a cost. `amount` is null
-- where none of the calls told what it cost.
create table spend (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    hour timestamptz not null,
    rule text not null,
    what text not null,
    currency text not null,
    calls bigint not null,
    amount numeric,
    primary key (workspace_id, hour, rule, what, currency)
);

do $$
declare
    name text;
begin
    foreach name in array array['rule_switchings', 'spend'] loop
        execute format('alter table %I enable row level security, force row level security', name);
        execute format(
            'create policy own_workspace on %I using (workspace_id = (select nullif(current_setting(''treadle.workspace'', true), '''')::uuid))',
            name
        );
    end loop;
end
$$;

grant select, insert, delete on rule_switchings, spend to treadle_app;
grant update (calls, amount) on spend to treadle_app;
