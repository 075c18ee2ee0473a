"""The five actions. Owns their parameters and effects; failures are those of `ctx.http`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from treadle.sdk import Context, action
from treadle_http.reply import Reply, read

Texts = dict[str, str]

Url = Annotated[str, msgspec.Meta(description="the whole URL, https://...")]
Json = Annotated[Any | None, msgspec.Meta(description="the body as data; sent as application/json")]
Body = Annotated[str | None, msgspec.Meta(description="the body as text; sent as text/plain unless headers say else")]
Headers = Annotated[Texts | None, msgspec.Meta(description="headers by name")]
Params = Annotated[Texts | None, msgspec.Meta(description="what to add to the URL's query, by name")]
Key = Annotated[str | None, msgspec.Meta(description="sent as the header Idempotency-Key")]


@action(effect="idempotent", reads=True, example={"url": "https://status.example.com/ping", "params": {"full": "yes"}})
async def get(ctx: Context[Any], url: Url, params: Params = None, headers: Headers = None) -> Reply:
    """Read a URL. Redirects are followed, up to five."""
    return read(await ctx.http.send("GET", url, params=params, headers=headers))


@action(
    effect="blind",
    example={
        "url": "https://stock.example.com/reserve",
        "json": {"sku": "A-7", "count": 2},
        "idempotency_key": "7-A-7",
    },
)
async def post(
    ctx: Context[Any],
    url: Url,
    json: Json = None,
    body: Body = None,
    params: Params = None,
    headers: Headers = None,
    idempotency_key: Key = None,
) -> Reply:
    """Post data to a URL. Never repeated once it may have arrived: what became of it is then unknown, and a person
    resolves it. With `idempotency_key` a service that knows the header does the work once even if that person sends
    it again; the platform cannot know which services do, so the action stays blind.
    """
    return await _write(ctx, "POST", url, json, body, params, headers, idempotency_key)


@action(effect="idempotent", example={"url": "https://stock.example.com/items/A-7", "json": {"count": 2}})
async def put(
    ctx: Context[Any],
    url: Url,
    json: Json = None,
    body: Body = None,
    params: Params = None,
    headers: Headers = None,
    idempotency_key: Key = None,
) -> Reply:
    """Put data at a URL. HTTP says that putting twice is putting once, so it is repeated on any doubt."""
    return await _write(ctx, "PUT", url, json, body, params, headers, idempotency_key)


@action(effect="blind", example={"url": "https://stock.example.com/items/A-7", "json": {"add": 1}})
async def patch(
    ctx: Context[Any],
    url: Url,
    json: Json = None,
    body: Body = None,
    params: Params = None,
    headers: Headers = None,
    idempotency_key: Key = None,
) -> Reply:
    """Change what is at a URL. Never repeated once it may have arrived, as `post`: a change may add up."""
    return await _write(ctx, "PATCH", url, json, body, params, headers, idempotency_key)


@action(effect="idempotent", example={"url": "https://stock.example.com/items/A-7"})
async def delete(
    ctx: Context[Any], url: Url, json: Json = None, params: Params = None, headers: Headers = None
) -> Reply:
    """Delete what is at a URL. Deleting twice is deleting once, so it is repeated on any doubt; a repeated call may
    then meet 404 and fail.
    """
    return await _write(ctx, "DELETE", url, json, None, params, headers, None)


async def _write(
    ctx: Context[Any],
    method: str,
    url: str,
    json: Any,
    body: str | None,
    params: Texts | None,
    headers: Texts | None,
    idempotency_key: str | None,
) -> Reply:
    sent = dict(headers or {})
    if body is not None and "content-type" not in {name.lower() for name in sent}:
        sent["Content-Type"] = "text/plain; charset=utf-8"
    if idempotency_key is not None:
        sent["Idempotency-Key"] = idempotency_key
    encoded = None if body is None else body.encode()
    return read(await ctx.http.send(method, url, json=json, body=encoded, params=params, headers=sent))
