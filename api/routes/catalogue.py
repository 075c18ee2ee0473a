"""`/catalogue`: what the connected accounts hold, as rule files are checked against it."""

from __future__ import annotations

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency

from treadle.dsl.catalogue import Account
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.services import connections


class Accounts(msgspec.Struct, frozen=True):
    """The accounts by connection name, as last looked up. `failed` says why one could not be asked again."""

    accounts: dict[str, Account]
    failed: dict[str, str] = {}


@get("/", summary="What the accounts hold")
async def show_catalogue(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> Accounts:
    """From the cache; no service is asked."""
    return Accounts(dict(await connections.accounts(engine, who)))


@post("/pull", status_code=200, summary="Look the accounts up again")
async def pull_catalogue(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> Accounts:
    """Ask every connected service what its account holds and keep it. One that does not answer stays as it was."""
    accounts, failed = await connections.pulled(engine, who)
    return Accounts(dict(accounts), failed)


router = Router("/catalogue", route_handlers=[show_catalogue, pull_catalogue], tags=["Connections"])
