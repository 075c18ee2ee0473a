"""Two workspaces over one process: each sees its own, nobody the other's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.types import ASGIApp
from tests.api.people import PASSWORD, as_session, member, plain, signed_in, with_key

from treadle.api.app import create_app
from treadle.runtime.access import SYSTEM
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.services import workspaces

RULE = """\
rule "Ours {0}"
  when by hand
  do
    wait 1 day

rule "Heard {0}"
  when webhook "in {0}" as hook
  do
    log "{0}"
"""


async def second(engine: Engine) -> Engine:
    """The engine of a new workspace."""
    made = await workspaces.made(engine, SYSTEM, new_id(), f"w-{uuid4().hex[:12]}", "Second")
    found = await engine.installation.opened(made.workspace.id)
    assert found is not None
    return found


@pytest.fixture
async def app(engine: Engine) -> ASGIApp:
    return create_app(engine)


@pytest.fixture
async def other(engine: Engine) -> Engine:
    return await second(engine)


async def test_a_key_decides_which_workspace_a_request_is_for(engine: Engine, other: Engine, app: ASGIApp) -> None:
    word = uuid4().hex[:8]
    for each, mark in ((engine, "a"), (other, "b")):
        assert not (await each.publish({"a.rule": RULE.format(f"{mark}{word}")})).errors
    async with await with_key(engine, "read", app=app) as ours, await with_key(other, "read", app=app) as theirs:
        for client, mine, foreign in ((ours, "a", "b"), (theirs, "b", "a")):
            names = (await client.get("/api/v1/rules?limit=200")).text
            assert f"Ours {mine}{word}" in names
            assert f"Ours {foreign}{word}" not in names
