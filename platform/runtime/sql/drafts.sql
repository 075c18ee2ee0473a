-- name: lock_drafts
-- One writer at a time, so that each sees what the one before left.
select pg_advisory_xact_lock(hashtextextended('drafts ' || current_setting('treadle.workspace', true), 0))

-- name: working_files
-- Each side looks the other up by its key; the order is made by whoever reads.
select
    live.path, drafted.path is not null,
    left(encode(sha256(convert_to(drafted.source, 'UTF8')), 'hex'), 32),
    left(encode(live.hash, 'hex'), 32), drafted.base, drafted.changed_at, drafted.who,
    coalesce(octet_length(case when drafted.path is null then texts.text else drafted.source end), 0)
from publication_files as live
join texts using (workspace_id, hash)
left join lateral (select * from drafts where drafts.path = live.path limit 1) as drafted on true
where live.publication_id = (select live_publication_id from workspaces limit 1)
union all
select
    path, true, left(encode(sha256(convert_to(source, 'UTF8')), 'hex'), 32), null, base, changed_at, who,
    coalesce(octet_length(source), 0)
from drafts
where not exists (
        select from publication_files as live
        where live.publication_id = (select live_publication_id from workspaces limit 1) and live.path = drafts.path
    )

-- name: working_file
-- The same of one path, by itself so that it is found by its key.
select
    live.path, drafted.path is not null,
    left(encode(sha256(convert_to(drafted.source, 'UTF8')), 'hex'), 32),
    left(encode(live.hash, 'hex'), 32), drafted.base, drafted.changed_at, drafted.who,
    coalesce(octet_length(case when drafted.path is null then texts.text else drafted.source end), 0)
from publication_files as live
join texts using (workspace_id, hash)
left join lateral (select * from drafts where drafts.path = live.path limit 1) as drafted on true
where live.publication_id = (select live_publication_id from workspaces limit 1) and live.path = %(path)s
union all
select
    path, true, left(encode(sha256(convert_to(source, 'UTF8')), 'hex'), 32), null, base, changed_at, who,
    coalesce(octet_length(source), 0)
from drafts
where path = %(path)s and not exists (
        select from publication_files as live
        where live.publication_id = (select live_publication_id from workspaces limit 1) and live.path = drafts.path
    )

-- name: working_texts
select path, source from drafts where source is not null
union all
select path, text from publication_files as live join texts using (workspace_id, hash)
where publication_id = (select live_publication_id from workspaces limit 1)
    and not exists (select from drafts where drafts.path = live.path)

-- name: working_text
select source from drafts where path = %(path)s
union all
select text from publication_files as live join texts using (workspace_id, hash)
where publication_id = (select live_publication_id from workspaces limit 1) and path = %(path)s
    and not exists (select from drafts where drafts.path = live.path)

-- name: working_mark
-- Another text whenever a file of the working set may be another; no file is read for it.
select md5(concat_ws(
    ' ', (select live_publication_id from workspaces limit 1),
    (select string_agg(concat_ws(' ', path, xmin), ' ' order by path) from drafts)
))

-- name: count_files
select
    (select count(*) from drafts)
    + (select count(*) from publication_files where publication_id = (select live_publication_id from workspaces limit 1))

-- name: save_draft
insert into drafts (path, source, base, who) values (%(path)s, %(source)s, %(base)s, %(who)s)
on conflict (workspace_id, path) do update
set source = excluded.source, base = excluded.base, who = excluded.who, changed_at = now()

-- name: drop_draft
delete from drafts where path = %(path)s

-- name: settle_drafts
-- What says the same as the live files is no draft any more.
delete from drafts
where sha256(convert_to(drafts.source, 'UTF8')) is not distinct from (
    select live.hash from publication_files as live
    where live.publication_id = (select live_publication_id from workspaces limit 1) and live.path = drafts.path
)
