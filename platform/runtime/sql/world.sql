-- name: publish
with publication as (
    insert into publications (id, created_at, limits, events, who, comment, restores)
    values (%(id)s, %(created_at)s, %(limits)b, %(events)b, %(who)s, %(comment)s, %(restores)s) on conflict do nothing
),
file as materialized (
    select path, source, sha256(convert_to(source, 'UTF8')) as hash
    from json_to_recordset(%(sources)b::json) as given (path text, source text)
),
kept as (
    insert into texts (hash, text) select distinct on (hash) hash, source from file order by hash
    on conflict do nothing
),
named as (
    insert into publication_files (publication_id, path, hash) select %(id)s, path, hash from file
    on conflict do nothing
),
given as materialized (
    select version, graph from rows from (
        json_to_recordset(%(versions)b::json) as (version text),
        unnest(%(graphs)b::json[])
    ) as given (version, graph)
    order by version
),
graph as (
    insert into graphs (version, graph) select version, graph from given on conflict do nothing
),
member as (
    insert into publication_graphs (publication_id, version) select %(id)s, version from given on conflict do nothing
),
begun as (
    insert into schedules (key, planned_at)
    select key, now() from json_array_elements_text(%(begins)b::json) as given (key) order by key
    on conflict (workspace_id, key) do update set planned_at = excluded.planned_at
    where schedules.planned_at < excluded.planned_at
),
added as (
    insert into webhooks (name, id, hook)
    select name, id, hook from json_to_recordset(%(webhooks)b::json) as given (name text, id uuid, hook text) order by name
    on conflict do nothing
)
update workspaces set live_publication_id = %(id)s

-- name: live
select live_publication_id from workspaces

-- name: publication
select
    id, created_at,
    array(select path from publication_files where publication_id = publications.id order by path),
    array(
        select text from publication_files join texts using (workspace_id, hash)
        where publication_id = publications.id order by path
    ),
    array(select version from publication_graphs where publication_id = publications.id order by version),
    array(
        select graph::text
        from publication_graphs
        join graphs using (workspace_id, version)
        where publication_id = publications.id order by version
    ),
    limits, events, who, comment, restores
from publications where id = %(id)s

-- name: webhooks
select id, name, hook from webhooks order by name

-- name: graph
select graph from graphs where version = %(version)s

-- name: connections
select
    id, plugin, kind, name, settings, sealed, hook, is_default, choices, looked_up_at, old_hook, old_hook_until
from connections order by id

-- name: hold_connection
select id from connections where id = %(id)s for update

-- name: save_connection
insert into connections (
    id, plugin, kind, name, settings, sealed, hook, is_default, choices, looked_up_at, old_hook, old_hook_until
)
values (
    %(id)s, %(plugin)s, %(kind)s, %(name)s, %(settings)b, %(sealed)b, %(hook)s, %(is_default)s, %(choices)b,
    %(looked_up_at)s, %(old_hook)s, %(old_hook_until)s
)
on conflict (workspace_id, id) do update
set plugin = excluded.plugin, kind = excluded.kind, name = excluded.name, settings = excluded.settings,
    sealed = excluded.sealed, hook = excluded.hook, is_default = excluded.is_default, choices = excluded.choices,
    looked_up_at = excluded.looked_up_at, old_hook = excluded.old_hook, old_hook_until = excluded.old_hook_until

-- name: keep_choices
update connections set choices = %(choices)b, looked_up_at = now() where id = %(id)s

-- name: remove_connection
with gone as (delete from connections where id = %(id)s returning id),
forgotten as (delete from plugin_values where connection_id in (select id from gone))
select id from gone

-- name: get_value
select value from plugin_values
where connection_id = %(connection)s and key = %(key)s and (expires_at is null or expires_at > now())

-- name: put_value
insert into plugin_values (connection_id, key, value, expires_at)
values (%(connection)s, %(key)s, %(value)b, now() + %(ttl)s * interval '1 second')
on conflict (workspace_id, connection_id, key) do update set value = excluded.value, expires_at = excluded.expires_at

-- name: add_value
insert into plugin_values as held (connection_id, key, value, expires_at)
values (%(connection)s, %(key)s, %(value)b, now() + %(ttl)s * interval '1 second')
on conflict (workspace_id, connection_id, key) do update set value = excluded.value, expires_at = excluded.expires_at
where held.expires_at <= now()
returning 1

-- name: change_value
update plugin_values set value = %(value)b, expires_at = now() + %(ttl)s * interval '1 second'
where connection_id = %(connection)s and key = %(key)s and value = %(expected)b
    and (expires_at is null or expires_at > now())
returning 1

-- name: remove_value
delete from plugin_values
where connection_id = %(connection)s and key = %(key)s and value = %(expected)b
    and (expires_at is null or expires_at > now())
returning 1

-- name: save_key
insert into api_keys (id, name, digest) values (%(id)s, %(name)s, %(digest)b) on conflict do nothing

-- name: has_keys
select exists (select from api_keys)

-- name: knows_key
select exists (select from api_keys where digest = %(digest)b)
