-- name: lock_drafts
-- One writer at a time, so that each sees what the one before left.
select pg_advisory_xact_lock(hashtextextended('drafts ' || current_setting('treadle.workspace', true), 0))

-- name: working_files
with live as materialized (
    select path, source from publication_sources
    where publication_id = (select live_publication_id from workspaces limit 1)
        and (%(path)s::text is null or path = %(path)s)
),
drafted as materialized (
    select path, source, base, changed_at, who from drafts where %(path)s::text is null or path = %(path)s
),
paths as (
    select path from live union select path from drafted
)
select
    paths.path, drafted.path is not null,
    left(encode(sha256(convert_to(drafted.source, 'UTF8')), 'hex'), 32),
    left(encode(sha256(convert_to(live.source, 'UTF8')), 'hex'), 32),
    drafted.base, drafted.changed_at, drafted.who,
    coalesce(octet_length(case when drafted.path is null then live.source else drafted.source end), 0)
from paths
left join live on live.path = paths.path
left join drafted on drafted.path = paths.path
order by paths.path

-- name: working_texts
select path, source from drafts
where source is not null and (%(path)s::text is null or path = %(path)s)
union all
select path, source from publication_sources as live
where publication_id = (select live_publication_id from workspaces limit 1)
    and (%(path)s::text is null or path = %(path)s)
    and not exists (select from drafts where drafts.path = live.path)
order by path

-- name: working_mark
-- Another text whenever a file of the working set may be another; no file is read for it.
select md5(concat_ws(
    ' ', (select live_publication_id from workspaces limit 1),
    (select string_agg(concat_ws(' ', path, xmin), ' ' order by path) from drafts)
))

-- name: count_files
select
    (select count(*) from drafts)
    + (select count(*) from publication_sources where publication_id = (select live_publication_id from workspaces limit 1))

-- name: save_draft
insert into drafts (path, source, base, who) values (%(path)s, %(source)s, %(base)s, %(who)s)
on conflict (workspace_id, path) do update
set source = excluded.source, base = excluded.base, who = excluded.who, changed_at = now()

-- name: drop_draft
delete from drafts where path = %(path)s

-- name: settle_drafts
-- What says the same as the live files is no draft any more.
delete from drafts
where drafts.source is not distinct from (
    select live.source from publication_sources as live
    where live.publication_id = (select live_publication_id from workspaces limit 1) and live.path = drafts.path
)
