-- Pages of live_runs are filled. Half of each was left for new versions of rows, which made a sleeping run twice as
-- large as it is and, measured on runs that pass through, saved nothing (bench/store.py).

alter table live_runs set (fillfactor = 90);
