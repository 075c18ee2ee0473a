-- name: publications
select
    id, created_at, who, comment, restores, id = (select live_publication_id from workspaces limit 1),
    (select count(*) from publication_files where publication_id = publications.id)
from publications
where (%(before)s::uuid is null or id < %(before)s) and (%(only)s::uuid is null or id = %(only)s)
order by id desc
limit %(limit)s

-- name: publication_files
select path, left(encode(hash, 'hex'), 32), octet_length(text)
from publication_files join texts using (workspace_id, hash) where publication_id = %(id)s order by path

-- name: publication_texts
select path, text from publication_files join texts using (workspace_id, hash)
where publication_id = %(id)s and (%(path)s::text is null or path = %(path)s) order by path

-- name: publication_before
select id from publications where id < %(id)s order by id desc limit 1

-- name: file_versions
with held as (
    select
        publications.id, created_at, who, comment, left(encode(hash, 'hex'), 32) as etag
    from publications
    left join publication_files on publication_id = publications.id and path = %(path)s
),
told as (
    select id, created_at, who, comment, etag, lag(etag) over (order by id) as before from held
)
select id, created_at, who, comment, etag from told
where etag is distinct from before and (%(before)s::uuid is null or id < %(before)s)
order by id desc
limit %(limit)s
