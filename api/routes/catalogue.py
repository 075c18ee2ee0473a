"""`/catalogue`: what the connected accounts hold, as rule files are checked against it."""

from __future__ import annotations

import asyncio

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency

from treadle.dsl.catalogue import Account
from treadle.runtime.engine import Engine
from treadle.sdk.failures import Failure

LOOK_UP_SECONDS = 20.0
"""How long one account is waited for."""


class Accounts(msgspec.Struct, frozen=True):
    """The accounts by connection name, as last looked up. `failed` says why one could not be asked again."""

    accounts: dict[str, Account]
    failed: dict[str, str] = {}


@get("/", summary="What the accounts hold")
async def show_catalogue(engine: NamedDependency[Engine]) -> Accounts:
    """From the cache; no service is asked."""
    await engine.connections.refresh()
    return Accounts(engine.connections.accounts())


@post("/pull", status_code=200, summary="Look the accounts up again")
async def pull_catalogue(engine: NamedDependency[Engine]) -> Accounts:
    """Ask every connected service what its account holds and keep it. One that does not answer stays as it was."""
    names = [each.name for each in await engine.connections.list()]
    reasons = await asyncio.gather(*(_pulled(engine, name) for name in names))
    failed = {name: reason for name, reason in zip(names, reasons, strict=True) if reason is not None}
    return Accounts(engine.connections.accounts(), failed)


async def _pulled(engine: Engine, name: str) -> str | None:
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            await engine.connections.look_up(name)
    except Failure as failure:
        return failure.message
    except TimeoutError:
        return f"it did not answer within {LOOK_UP_SECONDS:g} seconds"
    return None


router = Router("/catalogue", route_handlers=[show_catalogue, pull_catalogue], tags=["Connections"])
