"""Who may do what: a line for each operation of the document, with the rights that its service requires.

A new route fails `test_matrix.py` until it has its line. `own` makes an object that the path names, for a route whose
path names one; the same object of another workspace must be 404. A path that names nothing of a workspace, or makes
what it names, has none. Nobody hands out more rights than they have, so who makes a member needs those of the role in
the document's example.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from tests.runtime.store.making import arrival, event, move

from treadle.dsl.editing.agents import AgentFields, agent_text
from treadle.runtime.access import SYSTEM, Right
from treadle.runtime.backtest.jobs import Jobs, NewJob
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, Claimed, End, NewApproval
from treadle.runtime.services import files, groups, invitations, keys, starts, users

Place = dict[str, str]
"""What stands in a path, by the names of its parameters."""
Maker = Callable[[Engine], Awaitable[Place]]

RULES = """rule "{rule}"
  when by hand
  do
    wait 1 day

rule "{switched}"
  when by hand
  do
    wait 1 day

sequence "{sequence}"(n: int)
  do
    wait 1 day
"""
FIELDS = {"base_url": "https://127.0.0.1:9", "access_token": "very-secret-token"}
LEASE = 5.0
ALL: tuple[Right, ...] = ("read", "operate", "edit", "administer")


class Line(NamedTuple):
    """What an operation needs. `only`: people alone, keys are told so. `stream`: it does not end, so it is called about
    what is not there alone. `there`: what is refused depends on the object, so it has to be there. `decide`: it is for
    whom the question asks. `seen`: owners of the first workspace see the others' too. `body` goes instead of the
    document's example, where that would change what everything stands on.
    """

    rights: tuple[Right, ...]
    own: Maker | None = None
    only: bool = False
    stream: bool = False
    there: bool = False
    decide: bool = False
    anybody: bool = False
    seen: bool = False
    body: dict[str, Any] | None = None


def needs(*rights: Right, own: Maker | None = None, **more: Any) -> Line:
    """These rights, all of them; none: any key and anybody who is signed in."""
    return Line(rights, own, **more)


ANYBODY = Line((), anybody=True)
"""Where people come in."""

# --- objects ----------------------------------------------------------------------------------------------------------


_published: WeakKeyDictionary[Engine, tuple[UUID | None, Place]] = WeakKeyDictionary()


async def live(engine: Engine) -> Place:
    """Two rules and a sequence that are live in this workspace alone, as long as nothing else is published."""
    publication, names = _published.get(engine, (None, {}))
    if publication is None or await engine.store.live() != publication:
        names = {each: f"{each} {uuid4().hex[:8]}" for each in ("rule", "switched", "sequence")}
        done = await engine.publish({"rules/matrix.rule": RULES.format(**names)})
        assert not done.errors
        _published[engine] = await engine.store.live(), names
    return dict(names)


async def a_rule(engine: Engine) -> Place:
    """One of which nobody starts a run."""
    return {"name": (await live(engine))["switched"]}


async def a_sequence(engine: Engine) -> Place:
    return {"name": (await live(engine))["sequence"]}


async def a_run(engine: Engine) -> Place:
    return {"run_id": str(await engine.start_by_hand((await live(engine))["rule"], {}))}


async def an_event(engine: Engine) -> Place:
    made = Arrival(event(), ())
    await engine.store.accept([], [made])
    return {"event_id": str(made.event.id)}


async def a_publication(engine: Engine) -> Place:
    await live(engine)
    return {"id": str(await engine.store.live())}


async def an_old_file(engine: Engine) -> Place:
    return await a_publication(engine) | {"path": "rules/matrix.rule"}


async def an_open_question(engine: Engine) -> tuple[Place, Claimed]:
    """For operators, and the run that asks it: its graph is made up, so no worker may meet it."""
    made = arrival()
    (run,) = made.runs
    await engine.store.accept([], [made])
    worker, found = new_id(), None
    while found is None:
        claimed = await engine.store.claim(worker, 100, LEASE)
        found = next((each for each in claimed if each.run_id == run.id), None)
    asked = NewApproval(id=new_id(), slot="s1", question="Ship it?", by="operator", seconds=3600.0)
    await engine.store.commit([move(found, approvals=(asked,))])
    await engine.store.release(worker)
    return {"approval_id": str(asked.id)}, found


async def a_question(engine: Engine) -> Place:
    """One that was closed by the end of its run."""
    place, run = await an_open_question(engine)
    await engine.store.commit([move(run, End("done"))])
    return place


async def a_connection(engine: Engine) -> Place:
    return {"name": (await engine.connections.add("kommo", f"k-{uuid4().hex[:8]}", FIELDS)).name}


async def a_file(engine: Engine) -> Place:
    path = f"drafts/{uuid4().hex[:8]}.rule"
    await files.written(engine, SYSTEM, path, "")
    return {"path": path}


async def a_member(engine: Engine) -> Place:
    made = await users.added(engine, SYSTEM, f"{uuid4().hex[:10]}@shop.example", "Ada", "viewer", None)
    return {"user_id": str(made.id)}


async def a_group(engine: Engine) -> Place:
    return {"group_id": str((await groups.made(engine, SYSTEM, f"g-{uuid4().hex[:8]}", [])).id)}


async def an_invitation(engine: Engine) -> Place:
    made, _ = await invitations.invited(engine, SYSTEM, f"{uuid4().hex[:10]}@shop.example", "viewer", 1)
    return {"invitation_id": str(made)}


async def a_key(engine: Engine) -> Place:
    made, _ = await keys.made(engine, SYSTEM, "k", ["read"], None)
    return {"key_id": str(made)}


async def a_list(engine: Engine) -> Place:
    name = (await live(engine))["sequence"]
    made = await starts.in_bulk(engine, SYSTEM, name, [b'{"n": 1}'], per_minute=1, bulk_id=new_id())
    return {"starts_id": str(made.id)}


async def a_backtest(engine: Engine) -> Place:
    """One that is done, and no other is at work."""
    await live(engine)
    publication, jobs = await engine.store.live(), Jobs(engine.database.pool, engine.store.workspace_id)
    assert publication is not None
    for each in await jobs.page(None, 200):
        await jobs.end(each, "cancelled")
    until = await engine.store.now()
    new = NewJob(id=new_id(), publication=publication, since=until - timedelta(days=1), until=until, who="ada")
    assert await jobs.begin(new)
    job = await jobs.one(new.id)
    assert job is not None
    await jobs.end(job, "done")
    return {"backtest_id": str(new.id)}


async def the_workspace(engine: Engine) -> Place:
    await engine.installation.look()
    return {"slug": engine.installation.known[engine.store.workspace_id].slug}


async def an_agent(engine: Engine) -> Place:
    """Declared in a draft."""
    name = f"judge_{uuid4().hex[:8]}"
    fields = AgentFields(model="openrouter", models=["acme/small"], instructions="Be fair.")
    await files.written(engine, SYSTEM, f"drafts/{name}.rule", agent_text(name, fields))
    return {"name": name}


# --- the table --------------------------------------------------------------------------------------------------------

TABLE: dict[str, Line] = {
    "GET /api/v1/agents": needs("read"),
    "POST /api/v1/agents": needs("read", "edit"),
    "PUT /api/v1/agents/{name}": needs("read", "edit", own=an_agent),
    "GET /api/v1/approvals": needs("read"),
    "POST /api/v1/approvals/{approval_id}": Line(("administer",), a_question, there=True, decide=True),
    "POST /api/v1/approvals/{approval_id}/links": Line(("administer",), a_question, there=True, decide=True),
    "GET /api/v1/audit": needs("administer"),
    "GET /api/v1/audit/export.csv": needs("administer"),
    "GET /api/v1/audit/export.jsonl": needs("administer"),
    "GET /api/v1/backtests": needs("read"),
    "POST /api/v1/backtests": needs("edit"),
    "GET /api/v1/backtests/{backtest_id}": needs("read", own=a_backtest),
    "POST /api/v1/backtests/{backtest_id}/cancel": needs("edit", own=a_backtest),
    "POST /api/v1/backtests/{backtest_id}/restart": needs("edit", own=a_backtest),
    "GET /api/v1/calendars": needs("read"),
    "GET /api/v1/catalogue": needs("read"),
    "POST /api/v1/catalogue/pull": needs("edit"),
    "GET /api/v1/connections": needs("read"),
    "POST /api/v1/connections": needs("edit"),
    "GET /api/v1/connections/{name}": needs("read", own=a_connection),
    "PATCH /api/v1/connections/{name}": needs("edit", own=a_connection),
    "DELETE /api/v1/connections/{name}": needs("edit", own=a_connection),
    "POST /api/v1/connections/{name}/hook/rotate": needs("edit", own=a_connection),
    "POST /api/v1/connections/{name}/oauth/start": needs("edit", own=a_connection),
    "POST /api/v1/connections/{name}/test": needs("edit", own=a_connection),
    "GET /api/v1/events": needs("read"),
    "POST /api/v1/events": needs("operate"),
    "GET /api/v1/events/{event_id}": needs("read", own=an_event),
    "GET /api/v1/export": needs("edit"),
    "GET /api/v1/files": needs("read"),
    "GET /api/v1/files/{path}": needs("read", own=a_file),
    "PUT /api/v1/files/{path}": needs("edit"),
    "DELETE /api/v1/files/{path}": needs("edit", own=a_file),
    "POST /api/v1/files/move": needs("edit"),
    "GET /api/v1/groups": needs("read"),
    "POST /api/v1/groups": needs("administer"),
    "GET /api/v1/groups/{group_id}": needs("read", own=a_group),
    "PUT /api/v1/groups/{group_id}": needs("administer", own=a_group),
    "DELETE /api/v1/groups/{group_id}": needs("administer", own=a_group),
    "POST /api/v1/import": needs("edit", "operate"),
    "GET /api/v1/invitations": needs("administer"),
    "POST /api/v1/invitations": needs("read", "administer"),
    "POST /api/v1/invitations/accept": ANYBODY,
    "DELETE /api/v1/invitations/{invitation_id}": needs("administer", own=an_invitation),
    "GET /api/v1/keys": needs("administer"),
    "POST /api/v1/keys": needs("read", "administer"),
    "DELETE /api/v1/keys/{key_id}": needs("administer", own=a_key),
    "POST /api/v1/language/check": needs("read"),
    "POST /api/v1/language/complete": needs("read"),
    "POST /api/v1/language/edit": needs("read"),
    "POST /api/v1/language/explain": needs("read"),
    "POST /api/v1/language/format": needs("read"),
    "POST /api/v1/language/graph": needs("read"),
    "POST /api/v1/language/hover": needs("read"),
    "POST /api/v1/language/symbols": needs("read"),
    "POST /api/v1/language/test": needs("read"),
    "GET /api/v1/limits": needs("read"),
    "GET /api/v1/live": needs("read", own=a_run, stream=True),
    "GET /api/v1/oauth/callback": ANYBODY,
    "GET /api/v1/plugins": needs("read"),
    "GET /api/v1/plugins/{name}": needs("read"),
    "GET /api/v1/publications": needs("read"),
    "POST /api/v1/publications": needs("edit"),
    "GET /api/v1/publications/{id}": needs("read", own=a_publication),
    "GET /api/v1/publications/{id}/diff": needs("read", own=a_publication),
    "GET /api/v1/publications/{id}/files/{path}": needs("read", own=an_old_file),
    "POST /api/v1/publications/{id}/rollback": needs("edit", own=a_publication),
    "GET /api/v1/rules": needs("read"),
    "POST /api/v1/rules/{name}/off": needs("operate", own=a_rule),
    "POST /api/v1/rules/{name}/on": needs("operate", own=a_rule),
    "POST /api/v1/rules/{name}/rehearse": needs("operate", own=a_rule),
    "GET /api/v1/runs": needs("read"),
    "POST /api/v1/runs": needs("operate"),
    "GET /api/v1/runs/{run_id}": needs("read", own=a_run),
    "GET /api/v1/runs/{run_id}/graph": needs("read", own=a_run),
    "GET /api/v1/runs/{run_id}/test": needs("read", own=a_run),
    "POST /api/v1/runs/{run_id}/cancel": needs("operate", own=a_run),
    "POST /api/v1/runs/{run_id}/resolve": needs("operate", own=a_run),
    "POST /api/v1/runs/{run_id}/retry": needs("operate", own=a_run),
    "GET /api/v1/schedules": needs("read"),
    "GET /api/v1/sequences": needs("read"),
    "POST /api/v1/sequences/{name}/start": needs("operate", own=a_sequence),
    "POST /api/v1/sequences/{name}/starts": needs("operate", own=a_sequence),
    "POST /api/v1/sequences/{name}/stop": needs("operate", own=a_sequence),
    "GET /api/v1/session": needs(),
    "POST /api/v1/session": ANYBODY,
    "DELETE /api/v1/session": needs(only=True),
    "GET /api/v1/session/openid": ANYBODY,
    "GET /api/v1/session/openid/callback": ANYBODY,
    "GET /api/v1/session/ways": ANYBODY,
    "PUT /api/v1/session/password": needs(only=True),
    "GET /api/v1/starts": needs("read"),
    "GET /api/v1/starts/{starts_id}": needs("read", own=a_list),
    "GET /api/v1/starts/{starts_id}/refusals": needs("read", own=a_list),
    "POST /api/v1/starts/{starts_id}/pause": needs("operate", own=a_list),
    "POST /api/v1/starts/{starts_id}/resume": needs("operate", own=a_list),
    "POST /api/v1/starts/{starts_id}/cancel": needs("operate", own=a_list),
    "GET /api/v1/stats": needs("read"),
    "GET /api/v1/tables": needs("read"),
    "GET /api/v1/unknowns": needs("read"),
    "GET /api/v1/users": needs("administer"),
    "POST /api/v1/users": needs("read", "operate", "edit", "administer"),
    "GET /api/v1/users/{user_id}": needs("administer", own=a_member),
    "PATCH /api/v1/users/{user_id}": needs("read", "operate", "administer", own=a_member, there=True),
    "DELETE /api/v1/users/{user_id}": needs("read", "administer", own=a_member, there=True),
    "GET /api/v1/versions": needs("read"),
    "GET /api/v1/workspaces": needs("read"),
    "POST /api/v1/workspaces": needs("administer"),
    "PATCH /api/v1/workspaces/{slug}": needs("administer", own=the_workspace, body={}),
}
