-- Runs that are due at one moment are claimed in the order of their ids.

drop index live_runs_due;
create index live_runs_due on live_runs (due_at, run_id);
