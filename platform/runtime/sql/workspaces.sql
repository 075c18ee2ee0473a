-- name: all_workspaces
select id, slug, name, created_at, live, changed from all_workspaces()

-- name: due_workspaces
select id from due_workspaces()

-- name: make_workspace
-- In the workspace that it makes, as row-level security has it.
insert into workspaces (workspace_id, slug, name) values (%(id)s, %(slug)s, %(name)s)
on conflict (slug) do nothing

-- name: rename_workspace
update workspaces set slug = %(slug)s, name = %(name)s
where workspace_id = %(id)s and not exists (
    select from all_workspaces() as other where other.slug = %(slug)s and other.id <> workspace_id
)
