-- What goes when its time is over.
--
-- The app's role may still not remove anything that it likes: history goes by functions of the owner, which forget only
-- what is older than a day, never what a live run has or needs, a few rows at a time. Bodies, the bulk of the bytes, are
-- only ever added, so they lie in a partition a day, which goes as a whole.

create index once_keys_by_end on once_keys (expires_at);
create index plugin_values_by_end on plugin_values (expires_at) where expires_at is not null;
create index quiet_runs_by_mark on quiet_runs (mark) where of_event;
create index signals_by_event on signals (source) where kind = 'event';

-- The smallest id of an instant, see `ids.first_id`.
create function first_id(at timestamptz) returns uuid language sql immutable strict as $$
    select (lpad(to_hex(greatest((extract(epoch from at) * 1000)::bigint, 0)), 12, '0') || '70008000000000000000')::uuid
$$;

create function own_workspace() returns uuid language sql stable as $$
    select nullif(current_setting('treadle.workspace', true), '')::uuid
$$;

-- What there is of deliveries becomes the partition of all days up to the one after tomorrow: rows stay where they are.
-- The few that a wrong clock put behind that lie in the partition for all else.
do $$
declare
    until timestamptz := date_trunc('day', now(), 'UTC') + interval '2 days';
    bound uuid := first_id(until);
    earlier text := 'deliveries_to_' || to_char(until at time zone 'UTC', 'YYYYMMDD');
begin
    execute format('alter table deliveries rename to %I', earlier);
    execute format('alter index deliveries_pkey rename to %I', earlier || '_pkey');
    execute format('create table deliveries (like %I including defaults, primary key (workspace_id, id)) partition by range (id)', earlier);
    create table deliveries_other partition of deliveries default;
    execute format('alter table %I no force row level security', earlier);
    execute format('with late as (delete from %I where id >= %L returning *) insert into deliveries select * from late', earlier, bound);
    execute format('alter table %I force row level security', earlier);
    execute format('alter table deliveries attach partition %I for values from (minvalue) to (%L)', earlier, bound);
    execute format('revoke insert on %I from treadle_app', earlier);
end
$$;

alter table deliveries enable row level security, force row level security;
alter table deliveries_other enable row level security, force row level security;
create policy own_workspace on deliveries using (workspace_id = (select own_workspace()));
create policy own_workspace on deliveries_other using (workspace_id = (select own_workspace()));
grant select, insert on deliveries to treadle_app;
grant select on deliveries_other to treadle_app;

-- A partition for today and each of so many days after it. How many are new. A day of which there are rows elsewhere
-- stays there.
create function make_days(ahead integer) returns integer
language plpgsql security definer set search_path = treadle, pg_temp set lock_timeout = '1s' as $$
declare
    begins timestamptz;
    day text;
    made integer := 0;
begin
    if not pg_try_advisory_xact_lock(hashtext('treadle.days')) then
        return 0;
    end if;
    for number in 0 .. least(ahead, 30) loop
        begins := date_trunc('day', now(), 'UTC') + number * interval '1 day';
        day := 'deliveries_' || to_char(begins at time zone 'UTC', 'YYYYMMDD');
        continue when to_regclass(day) is not null;
        begin
            -- Attached, not made in place: then those who insert need not wait.
            execute format('create table %I (like deliveries including defaults including constraints)', day);
            execute format(
                'alter table deliveries attach partition %I for values from (%L) to (%L)',
                day, first_id(begins), first_id(begins + interval '1 day')
            );
            execute format('alter table %I enable row level security, force row level security', day);
            execute format('create policy own_workspace on %I using (workspace_id = (select own_workspace()))', day);
            execute format('grant select on %I to treadle_app', day);
            made := made + 1;
        exception when invalid_object_definition or check_violation or lock_not_available then
            null;
        end;
    end loop;
    return made;
end
$$;

-- The partitions whose last instant is older than so many days, and at least one. How many went. Who inserts waits no
-- longer than the lock may take; what was not got goes the next time.
create function drop_days(days integer) returns integer
language plpgsql security definer set search_path = treadle, pg_temp set lock_timeout = '100ms' as $$
declare
    latest text := to_char((now() - greatest(days, 1) * interval '1 day') at time zone 'UTC', 'YYYYMMDD');
    each record;
    gone integer := 0;
begin
    if not pg_try_advisory_xact_lock(hashtext('treadle.days')) then
        return 0;
    end if;
    for each in
        select inhrelid::regclass as name, inhrelid::regclass::text as text
        from pg_inherits where inhparent = 'deliveries'::regclass
    loop
        if each.text ~ '^deliveries_\d{8}$' and right(each.text, 8) < latest
            or each.text ~ '^deliveries_to_\d{8}$' and right(each.text, 8) <= latest
        then
            begin
                execute format('drop table %s', each.name);
                gone := gone + 1;
            exception when lock_not_available then
                null;
            end;
        end if;
    end loop;
    return gone;
end
$$;

-- Runs that were over so many days ago, with all that belongs to them. The answer is what was looked at, so that the next
-- call goes on behind it.
create function forget_runs(days integer, behind uuid, most integer) returns table (id uuid, forgotten boolean)
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
    delete from run_ends where run_id = any (gone);
    delete from runs where runs.workspace_id = own and runs.id = any (gone);
    return query select given.id, given.id = any (gone) from unnest(looked) as given (id) order by 1;
end
$$;

-- Events of which no run is left and for which none waits, that came so many days ago, with what was loaded for them.
-- Their keys are for `forget_keys`.
create function forget_events(days integer, behind uuid, most integer)
returns table (id uuid, forgotten boolean, connection_id uuid, key text)
language plpgsql security definer set search_path = treadle, pg_temp as $$
declare
    own uuid := own_workspace();
    latest timestamptz := now() - greatest(days, 1) * interval '1 day';
    looked uuid[] := array(
        select events.id from events
        where events.workspace_id = own and events.id > behind and events.id < first_id(latest)
        order by events.id limit least(most, 1000)
    );
    gone uuid[] := array(
        select given.id from unnest(looked) as given (id)
        where not exists (select from runs where runs.workspace_id = own and runs.event_id = given.id)
            and not exists (select from quiet_runs where mark = given.id and of_event)
            and not exists (select from signals where source = given.id and kind = 'event')
    );
begin
    if not pg_try_advisory_xact_lock(hashtextextended('treadle.forget', hashtext(own::text))) then
        return;
    end if;
    delete from event_loads where event_id = any (gone);
    return query
        with deleted as (
            delete from events where events.workspace_id = own and events.id = any (gone)
            returning events.id, events.connection_id, events.key
        )
        select given.id, deleted.id is not null, deleted.connection_id, deleted.key
        from unnest(looked) as given (id) left join deleted on deleted.id = given.id order by 1;
end
$$;

-- Keys of events that are gone.
create function forget_keys(keys json) returns void
language plpgsql security definer set search_path = treadle, pg_temp as $$
begin
    delete from event_keys
    using json_to_recordset(keys) as given (id uuid, connection_id uuid, key_hash uuid)
    where event_keys.workspace_id = own_workspace() and event_keys.connection_id = given.connection_id
        and event_keys.key_hash = given.key_hash and event_keys.event_id = given.id
        and not exists (select from events where events.workspace_id = own_workspace() and events.id = given.id);
end
$$;

-- What has run out, and questions and bodies that are old, some of each. How many rows went.
create function sweep(days integer, most integer) returns integer
language plpgsql security definer set search_path = treadle, pg_temp as $$
declare
    own uuid := own_workspace();
    bound uuid := first_id(now() - greatest(days, 1) * interval '1 day');
    one integer;
    total integer := 0;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('treadle.sweep', hashtext(own::text))) then
        return 0;
    end if;
    delete from once_keys as held using (
        select rule, key_hash from once_keys where expires_at < now() and workspace_id = own
        order by expires_at limit most for update skip locked
    ) as over
    where held.workspace_id = own and held.rule = over.rule and held.key_hash = over.key_hash;
    get diagnostics one = row_count;
    total := total + one;
    delete from plugin_values as held using (
        select connection_id, key from plugin_values where expires_at < now() and workspace_id = own
        order by expires_at limit most for update skip locked
    ) as over
    where held.workspace_id = own and held.connection_id = over.connection_id and held.key = over.key;
    get diagnostics one = row_count;
    total := total + one;
    delete from approvals where workspace_id = own and id = any (array(
        select approvals.id from approvals
        where workspace_id = own and approvals.id < bound and state <> 'open'
            and not exists (select from live_runs where live_runs.run_id = approvals.run_id)
        order by approvals.id limit most
    ));
    get diagnostics one = row_count;
    total := total + one;
    delete from deliveries_other where workspace_id = own and id = any (array(
        select deliveries_other.id from deliveries_other
        where workspace_id = own and deliveries_other.id < bound order by deliveries_other.id limit most
    ));
    get diagnostics one = row_count;
    total := total + one;
    delete from workers where workspace_id = own and seen_at < now() - interval '1 day';
    get diagnostics one = row_count;
    total := total + one;
    -- Runs that were over before ends knew their rule.
    update run_ends set rule = (
        select runs.rule from runs where runs.workspace_id = own and runs.id = run_ends.run_id
    )
    where run_ends.run_id = any (array(
        select run_id from run_ends as unnamed where unnamed.rule is null and unnamed.workspace_id = own
        order by run_id limit most
    )) and exists (select from runs where runs.workspace_id = own and runs.id = run_ends.run_id);
    get diagnostics one = row_count;
    return total + one;
end
$$;

revoke execute on function make_days, drop_days, forget_runs, forget_events, forget_keys, sweep from public;
grant execute on function make_days, drop_days, forget_runs, forget_events, forget_keys, sweep to treadle_app;

select make_days(3);
