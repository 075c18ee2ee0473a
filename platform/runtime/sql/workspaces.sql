-- name: all_workspaces
select id, slug, name, created_at, live, changed from all_workspaces()

-- name: due_workspaces
select id from due_workspaces()

-- name: make_workspace
-- In the workspace that it makes, as row-level security has it.
insert into workspaces (workspace_id, slug, name) values (%(id)s, %(slug)s, %(name)s)
on conflict (slug) do nothing returning slug

-- name: rename_workspace
update workspaces set slug = %(slug)s, name = %(name)s where workspace_id = %(id)s

-- name: slug_taken
select count(*) from all_workspaces() where slug = %(slug)s and id <> %(id)s
