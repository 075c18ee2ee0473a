-- name: past_events
select
    id, trigger, data, received_at, connection_id, key, entity, version, unread, publication_id, cause_run_id, hops,
    (select loaded from event_loads where event_id = events.id)
from events
where id > %(behind)s and id < %(end)s
order by id
limit %(limit)s

-- name: past_runs_of
select run.id, run.rule, run.graph, run.event_id, run.created_at,
    coalesce(ended.outcome, live.status, 'suppressed') not in ('matching', 'suppressed')
from json_to_recordset(%(ids)b::json) as given (id uuid)
cross join lateral (select * from runs where event_id = given.id offset 0) as run
left join lateral (select outcome from run_ends where run_id = run.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = run.id limit 1) as live on true
order by run.id

-- name: past_runs
select run.id, run.rule, run.graph, run.event_id, run.created_at,
    coalesce(ended.outcome, live.status, 'suppressed') not in ('matching', 'suppressed')
from json_to_recordset(%(ids)b::json) as given (id uuid)
cross join lateral (select * from runs where id = given.id limit 1) as run
left join lateral (select outcome from run_ends where run_id = run.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = run.id limit 1) as live on true
order by run.id

-- name: past_runs_by_clock
select run.id, run.rule, run.graph, run.event_id, run.created_at,
    coalesce(ended.outcome, live.status, 'suppressed') not in ('matching', 'suppressed')
from (
    select * from runs
    where rule = %(rule)s and id >= %(first)s and id < %(end)s and event_id is null and parent_id is null
    order by id limit 100
) as run
left join lateral (select outcome from run_ends where run_id = run.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = run.id limit 1) as live on true
order by run.id

-- name: past_starts
select
    run.id, run.rule, run.graph, run.event_id, run.created_at,
    coalesce(ended.outcome, live.status, 'suppressed') not in ('matching', 'suppressed'), run.kind, origin.args
from run_origins as origin
cross join lateral (select * from runs where id = origin.run_id limit 1) as run
left join lateral (select outcome from run_ends where run_id = run.id limit 1) as ended on true
left join lateral (select status from live_runs where run_id = run.id limit 1) as live on true
where origin.run_id > %(behind)s and origin.run_id < %(end)s and origin.retry_of is null
order by origin.run_id
limit %(limit)s

-- name: past_switches
select switched_at, rule, state from rule_switchings where switched_at < %(until)s order by id

-- name: past_steps_of
select
    step.id, step.run_id, seq, node, what, coalesce(outcome.state, step.state), effect,
    coalesce(outcome.tries, step.tries), input, coalesce(outcome.output, step.output),
    coalesce(outcome.error_code, step.error_code), coalesce(outcome.error_message, step.error_message),
    entity, outcome.version, started_at,
    case
        when step.state <> 'intent' then started_at
        when outcome.state <> 'intent' then outcome.written_at
    end
from json_to_recordset(%(ids)b::json) as given (id uuid)
cross join lateral (select * from steps where run_id = given.id offset 0) as step
left join lateral (
    select * from step_outcomes where run_id = step.run_id and step_id = step.id limit 1
) as outcome on true
order by step.run_id, seq, step.id

-- name: past_questions
select id, run_id, rule, question, asked, state, created_at, until, decided_by, decided_at
from approvals
where id >= %(first)s and run_id in (select id from json_to_recordset(%(ids)b::json) as given (id uuid))
order by id

-- name: past_origins
select run.id, run.origin
from json_to_recordset(%(ids)b::json) as given (id uuid)
cross join lateral (select id, origin from runs where id = given.id limit 1) as run

-- name: interrupt_backtests
update backtests set state = 'interrupted', ended_at = beat_at
where state = 'running' and beat_at < now() - %(silent)s * interval '1 second'

-- name: forget_backtests
delete from backtests where state <> 'running' and created_at < now() - interval '30 days'

-- name: line_up_backtests
select pg_advisory_xact_lock(hashtextextended('backtests ' || current_setting('treadle.workspace', true), 0))

-- name: begin_backtest
insert into backtests (id, publication_id, since, until, who, rules, files)
values (%(id)s, %(publication)s, %(since)s, %(until)s, %(who)s, %(rules)b, %(files)b)
on conflict do nothing
returning id

-- name: restart_backtest
update backtests set
    state = 'running', began_at = now(), beat_at = now(), ended_at = null, reached = null, events = 0,
    tries = tries + 1, cancelling = false, error_code = null, error_message = null, diagnostics = null, result = null
where id = %(id)s and state in ('interrupted', 'failed', 'cancelled')
    and not exists (select from backtests as other where other.state = 'running')
returning id

-- name: beat_backtest
update backtests set beat_at = now(), events = %(events)s, reached = coalesce(%(reached)s, reached)
where id = %(id)s and state = 'running' and tries = %(tries)s
returning cancelling

-- name: end_backtest
update backtests set
    state = %(state)s, ended_at = now(), events = greatest(events, %(events)s), error_code = %(code)s,
    error_message = %(message)s, diagnostics = %(diagnostics)b, result = %(result)b
where id = %(id)s and state = 'running' and tries = %(tries)s

-- name: cancel_backtest
update backtests set cancelling = true where id = %(id)s and state = 'running'

-- name: backtests
select
    id, publication_id, created_at, began_at, ended_at, since, until, reached, events, tries, cancelling, state, who,
    error_code, error_message, rules, diagnostics
from backtests
where (%(before)s::uuid is null or id < %(before)s) and (%(only)s::uuid is null or id = %(only)s)
order by id desc
limit %(limit)s

-- name: backtest_files
select files from backtests where id = %(id)s

-- name: backtest_result
select result from backtests where id = %(id)s
