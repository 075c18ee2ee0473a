-- Where runs come from that people started, and what they were given.

create table run_origins (
    workspace_id uuid not null default nullif(current_setting('treadle.workspace', true), '')::uuid,
    run_id uuid primary key,
    retry_of uuid,
    args json
);

alter table run_origins enable row level security, force row level security;
create policy own_workspace on run_origins
    using (workspace_id = (select nullif(current_setting('treadle.workspace', true), '')::uuid));

grant select, insert on run_origins to treadle_app;

-- As before, and with the new table.
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
    delete from run_origins where run_id = any (gone);
    delete from resolutions where run_id = any (gone);
    delete from run_ends where run_id = any (gone);
    delete from runs where runs.workspace_id = own and runs.id = any (gone);
    return query select given.id, given.id = any (gone) from unnest(looked) as given (id) order by 1;
end
$$;
