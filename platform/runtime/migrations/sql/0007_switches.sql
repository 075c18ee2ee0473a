-- What somebody switched rules to, beside their texts. A rule without a row is as its text says.

create table rule_switches (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    switched_at timestamptz not null default now(),
    rule text not null,
    state text not null check (state in ('off', 'rehearse')),
    primary key (workspace_id, rule)
);

alter table rule_switches enable row level security, force row level security;
create policy own_workspace on rule_switches
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete, update (state, switched_at) on rule_switches to treadle_app;
