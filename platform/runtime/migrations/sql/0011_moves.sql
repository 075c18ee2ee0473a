-- Runs that go on in another graph than the one they began with, and the end of publications that nobody needs.

-- The graph that a live run is on, where it is not the one of its row in runs.
alter table live_runs add column graph text;

-- Where a run went over, and when.
create table run_moves (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    run_id uuid not null,
    moved_at timestamptz not null default clock_timestamp(),
    graph text not null,
    primary key (run_id, moved_at)
);

create index run_moves_by_graph on run_moves (graph);

alter table run_moves enable row level security, force row level security;
create policy own_workspace on run_moves
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert, delete on run_moves to treadle_app;
grant delete on graphs, publications, publication_sources, publication_graphs to treadle_app;
