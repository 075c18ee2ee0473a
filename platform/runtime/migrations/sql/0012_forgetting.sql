-- Runs go with what people said about their calls and with where they moved; what an event led to is found in the order
-- of the runs.

drop index runs_by_event;
create index runs_by_event on runs (workspace_id, event_id, id) where event_id is not null;

-- Runs that were over so many days ago, with all that belongs to them. The answer is what was looked at, so that the next
-- call goes on behind it.
create or replace function forget_runs(days integer, behind uuid, most integer) returns table (id uuid, forgotten boolean)
language plpgsql security definer set search_path = treadle, pg_temp as $$
declare
    own uuid := own_workspace();
    latest timestamptz := now() - greatest(days, 1) * interval '1 day';
    looked uuid[] := array(
        select runs.id from runs
        where runs.workspace_id = own and runs.id > behind and runs.id < first_id(latest)
        order by runs.id limit least(most, 1000)
    );
    gone uuid[] := array(
        select given.id from unnest(looked) as given (id)
        cross join lateral (select ended_at from run_ends where run_id = given.id limit 1) as ended
        where ended.ended_at < latest
    );
begin
    if not pg_try_advisory_xact_lock(hashtextextended('treadle.forget', hashtext(own::text))) then
        return;
    end if;
    delete from step_outcomes where run_id = any (gone);
    delete from steps where run_id = any (gone);
    delete from run_outputs where run_id = any (gone);
    delete from run_keys where run_id = any (gone);
    delete from run_moves where run_id = any (gone);
    delete from resolutions where run_id = any (gone);
    delete from run_ends where run_id = any (gone);
    delete from runs where runs.workspace_id = own and runs.id = any (gone);
    return query select given.id, given.id = any (gone) from unnest(looked) as given (id) order by 1;
end
$$;
