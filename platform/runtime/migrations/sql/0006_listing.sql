-- What lists of the history go by.
--
-- A run's rule stands beside what is live and beside its end too, so that the newest runs of a rule in one status are
-- found by an index alone. The ends of earlier runs get theirs from upkeep, little by little.

alter table live_runs add column rule text;
alter table run_ends add column rule text;

-- The owner obeys row security as well, and has no workspace here.
alter table live_runs no force row level security;
alter table runs no force row level security;
update live_runs set rule = (
    select rule from runs where runs.workspace_id = live_runs.workspace_id and runs.id = live_runs.run_id
);
alter table runs force row level security;
alter table live_runs force row level security;

create index live_runs_by_status on live_runs (status, run_id, rule) where status is not null;

-- Partial, though no outcome is null, for the reason that runs_by_rule gives in the first revision.
drop index run_ends_by_outcome;
create index run_ends_by_outcome on run_ends (workspace_id, outcome, run_id) where outcome is not null;
create index run_ends_by_rule on run_ends (workspace_id, rule, outcome, run_id) where rule is not null;
create index run_ends_without_rule on run_ends (run_id) where rule is null;

create index events_by_trigger on events (workspace_id, trigger, id) where trigger is not null;
create index events_unread on events (workspace_id, id) where unread is not null;

-- The keys of `once per` and `one at a time` that a run came with, whether it fired or not.
create table run_keys (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    run_id uuid not null,
    key_hash uuid not null,
    primary key (run_id, key_hash)
);

create index run_keys_by_key on run_keys (workspace_id, key_hash, run_id) where key_hash is not null;

alter table run_keys enable row level security, force row level security;
create policy own_workspace on run_keys
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert on run_keys to treadle_app;
