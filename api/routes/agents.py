"""`/agents`: an agent is made and changed by a form; what is written is the text of a rule file, as a draft."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
from litestar import Response, Router, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.etags import IfMatch, quoted, wants
from treadle.api.problems import Refused
from treadle.api.routes.language import CODES as ASKING
from treadle.api.routes.language import asking
from treadle.api.translating import told
from treadle.dsl.editing.agents import AgentFields
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.services import agents
from treadle.runtime.services.agents import NAME, AgentTaken, AgentUnknown, AgentWritten
from treadle.runtime.services.language import BaseChanged

WRITING = (*ASKING, "edit_refused", "base_changed", "path_invalid", "text_invalid", "changed_meanwhile")


class NewAgent(AgentFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent to declare, and the file that is to hold it, which comes into being when it is not there."""

    name: Annotated[str, msgspec.Meta(pattern=f"^{NAME}$", max_length=100, examples=["judge"])]
    file: Annotated[str, msgspec.Meta(min_length=1, max_length=400, examples=["agents.rule"])] = "agents.rule"


@post("/", status_code=201, summary="Declare an agent", codes=(*WRITING, "name_taken"))
async def make_agent(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    data: JSONBody[NewAgent],
    if_match: IfMatch = None,
) -> Response[AgentWritten]:
    """Write the declaration into a file, as a draft. It is answered with the new text of the file and what is wrong in
    it; a new file has no `use` line for the model yet, which the diagnostics then say.
    """
    fields = AgentFields(**{name: getattr(data, name) for name in AgentFields.__struct_fields__})
    try:
        async with _writing():
            done = await agents.made(engine, who, data.name, data.file, fields, wants(if_match))
    except AgentTaken as taken:
        raise Refused("name_taken", f"{taken}.") from None
    return Response(done, headers=quoted(done.file.etag))


@put("/{name:str}", summary="Change an agent", codes=(*WRITING, "agent_unknown"))
async def change_agent(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    data: JSONBody[AgentFields],
    if_match: IfMatch = None,
) -> Response[AgentWritten]:
    """Write its declaration anew where it stands, as a draft. `If-Match` names the version of its file."""
    try:
        async with _writing():
            done = await agents.changed(engine, who, name, data, wants(if_match))
    except AgentUnknown as unknown:
        raise Refused("agent_unknown", f"{unknown}.") from None
    return Response(done, headers=quoted(done.file.etag))


@asynccontextmanager
async def _writing() -> AsyncIterator[None]:
    """What keeps a file from being written, as problems."""
    try:
        async with asking():
            with told():
                yield
    except BaseChanged as changed:
        raise Refused("base_changed", f"{changed}.") from None


router = Router("/agents", route_handlers=[make_agent, change_agent], tags=["Agents"])
