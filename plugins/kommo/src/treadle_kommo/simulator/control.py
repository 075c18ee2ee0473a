"""What tests and demonstrations order: `/_test/...`. Owns no account rules; people act through the API's own handlers.

| request | does |
|---|---|
| `POST /_test/reset` | back to the seed |
| `POST /_test/deliver {"name", "to"}` | sends one of the sample bodies, answers with the receiver's status and answer |
| `POST /_test/person/message {"contact_id", "text"}` | a contact writes |
| `POST /_test/person/lead`, `/contact`, `/task`, `/note` | a person creates one, or changes the one of `id` |
| `POST /_test/faults {"count", "status"}` or `{"count", "cut": true}` | the next requests fail, or lose their answer |
| the same with `"method"` and `"path"` | only those of that method whose path holds it |
| `POST /_test/ratelimit {"per_second": 7}` | null for no limit |
| `POST /_test/consent {"lives", "strict", "revoke"}` | life of access tokens; refresh spends at once; all gone |
| `GET /_test/requests`, `/effects`, `/deliveries` | what came in; the writes alone; what was sent |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from treadle_kommo.simulator import contacts, leads, notes, samples, talks, tasks
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.checks import one
from treadle_kommo.simulator.hal import Rejected, problem
from treadle_kommo.simulator.simulation import Fault, Simulation

JSON = "application/json"


async def reset(sim: Simulation, request: Request) -> Reply:
    """Back to the seed."""
    await sim.sender.close()
    sim.reset()
    return json_reply({}, content_type=JSON)


async def deliver(sim: Simulation, request: Request) -> Reply:
    """Send a sample body."""
    order = _order(request, _Deliver)
    found = samples.DELIVERIES.get(order.name)
    if found is None:
        return problem(404, f"No sample {order.name}; there are: {', '.join(samples.DELIVERIES)}")
    await sim.sender.start(order.name, order.to, *found)
    return json_reply(sim.sender.sent[-1], content_type=JSON)


async def person_message(sim: Simulation, request: Request) -> Reply:
    """A contact writes."""
    order = _order(request, _Says)
    if order.contact_id not in sim.account.contacts:
        return problem(404, f"No contact {order.contact_id}")
    message = talks.client_writes(sim, order.contact_id, order.text, order.origin)
    return json_reply(message, content_type=JSON)


async def person(sim: Simulation, request: Request, kind: str) -> Reply:
    """A person of the account creates or changes something."""
    found = _BY_HAND.get(kind)
    if found is None:
        return problem(404, f"People act on: {', '.join(_BY_HAND)}, message")
    create, change = found
    row = one(request)
    known = row.pop("id", None)
    if known is None:
        body = msgspec.json.encode([row])
        reply = create(sim, _with_body(request, body), sim.account.person)
    elif change is None:
        return problem(404, f"A {kind} is only added")
    else:
        reply = change(sim, _with_body(request, msgspec.json.encode(row)), sim.account.person, id=known)
    return reply


async def consent(sim: Simulation, request: Request) -> Reply:
    """How tokens behave; answers how many refreshes came in."""
    order = _order(request, _Consent)
    given = sim.consent
    given.lives = given.lives if order.lives is None else order.lives
    given.strict = given.strict if order.strict is None else order.strict
    if order.revoke:
        given.revoke()
    return json_reply({"asked": given.asked}, content_type=JSON)


async def faults(sim: Simulation, request: Request) -> Reply:
    """The next requests fail."""
    order = _order(request, _Faults)
    fault = Fault(order.status, order.cut, order.retry_after, order.method, order.path)
    sim.faults.extend([fault] * order.count)
    return json_reply({"waiting": len(sim.faults)}, content_type=JSON)


async def ratelimit(sim: Simulation, request: Request) -> Reply:
    """Another rate."""
    sim.per_second = _order(request, _Rate).per_second
    return json_reply({"per_second": sim.per_second}, content_type=JSON)


async def requests(sim: Simulation, request: Request) -> Reply:
    """What came in."""
    return json_reply(sim.seen, content_type=JSON)


async def effects(sim: Simulation, request: Request) -> Reply:
    """The writes that came in."""
    return json_reply([seen for seen in sim.seen if seen.method != "GET"], content_type=JSON)


async def deliveries(sim: Simulation, request: Request) -> Reply:
    """What was sent."""
    await sim.sender.settle()
    return json_reply(sim.sender.sent, content_type=JSON)


class _Deliver(msgspec.Struct):
    name: str
    to: str


class _Says(msgspec.Struct):
    contact_id: int
    text: str
    origin: str = "telegram"


class _Faults(msgspec.Struct):
    count: int = 1
    status: int = 500
    cut: bool = False
    retry_after: int | None = None
    method: str | None = None
    path: str = ""


class _Consent(msgspec.Struct):
    lives: int | None = None
    strict: bool | None = None
    revoke: bool = False


class _Rate(msgspec.Struct):
    per_second: int | None


def _order(request: Request, type: type[Any]) -> Any:
    try:
        return msgspec.json.decode(request.body, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(problem(400, str(error))) from None


def _with_body(request: Request, body: bytes) -> Request:
    return msgspec.structs.replace(request, body=body, query=[])


def _create_note(sim: Simulation, request: Request, user_id: int) -> Reply:
    return notes.create(sim, request, user_id, kind="leads")


_BY_HAND: dict[str, tuple[Callable[..., Reply], Callable[..., Reply] | None]] = {
    "lead": (leads.create, leads.patch_one),
    "contact": (contacts.create, contacts.patch_one),
    "task": (tasks.create, tasks.patch_one),
    "note": (_create_note, None),
}

ROUTES = (
    Route("POST", "/_test/reset", reset),
    Route("POST", "/_test/deliver", deliver),
    Route("POST", "/_test/person/message", person_message),
    Route("POST", "/_test/person/{kind:text}", person),
    Route("POST", "/_test/faults", faults),
    Route("POST", "/_test/consent", consent),
    Route("POST", "/_test/ratelimit", ratelimit),
    Route("GET", "/_test/requests", requests),
    Route("GET", "/_test/effects", effects),
    Route("GET", "/_test/deliveries", deliveries),
)
