"""The `http` plugin's actions through the real `ctx.http`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from treadle.runtime.net.rates import LocalRates
from treadle.runtime.net.scoped import Scope, ScopedHttp
from treadle.sdk.failures import ActionFailed, InDoubt
from treadle_http import plugin


async def run(client: Any, name: str, **arguments: Any) -> Any:
    http = ScopedHttp(client, LocalRates(), Scope(effect_id="e-1"))
    return await plugin.actions[name].call(SimpleNamespace(http=http), **arguments)


async def test_a_post_with_a_key(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(b'{"id":7}', 201))
    async with client_for(server) as client:
        reply = await run(client, "post", url=server.url, json={"sku": "A"}, params={"q": "1"}, idempotency_key="7-A")
        await run(client, "put", url=server.url, body="plain")
        await run(client, "delete", url=server.url)
    assert (reply.status, reply.json) == (201, {"id": 7})
    first, second, third = server.seen
    assert (first.path, first.body, first.headers["idempotency-key"]) == ("/?q=1", b'{"sku":"A"}', "7-A")
    assert first.headers["treadle-effect-id"] == "e-1"
    assert (second.body, second.headers["content-type"]) == (b"plain", "text/plain; charset=utf-8")
    assert third.method == "DELETE"


@pytest.mark.parametrize(("status", "kind"), [(400, ActionFailed), (409, ActionFailed), (429, InDoubt), (500, InDoubt)])
async def test_an_answer_that_is_not_fine(
    status: int, kind: type[Exception], serve: Any, client_for: Any, make_answer: Any
) -> None:
    server = await serve(make_answer(b"{}", status))
    async with client_for(server) as client:
        with pytest.raises(kind):
            await run(client, "post", url=server.url)


async def test_a_private_address_is_not_called(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for() as client:
        for name in plugin.actions:
            with pytest.raises(ActionFailed, match="TREADLE_ALLOW_HOSTS"):
                await run(client, name, url=server.url)
    assert server.connections == 0
