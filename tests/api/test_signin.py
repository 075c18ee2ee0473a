"""Signing in at an OpenID Connect provider, a real one in this process: who comes in, and what is not believed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from treadle.api.app import create_app
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.identity.metadata import Metadata
from treadle.runtime.identity.openid import Client, OpenIdProvider, _Kept
from treadle.runtime.identity.provider import NotVerified
from treadle.runtime.settings import Settings

WAYS = "/api/v1/session/ways"
START = "/api/v1/session/openid"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider that knows everybody."""
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
async def engine(database_home: Path, provider: str) -> AsyncIterator[Engine]:
    given = {
        "TREADLE_ALLOW_HOSTS": urlsplit(provider).netloc,
        "TREADLE_OIDC_ISSUER": provider,
        "TREADLE_OIDC_CLIENT_ID": "treadle",
        "TREADLE_OIDC_CLIENT_SECRET": "a-secret-of-the-client",
        "TREADLE_OIDC_LABEL": "Acme",
    }
    async with open_engine(Settings.read(given, home=database_home)) as opened:
        yield opened


@pytest.fixture
async def browser(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """Without a key, with cookies."""
    transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example") as client:
        yield client


async def known(provider: str, email: str, **claims: Any) -> str:
    """Somebody whom the provider knows; the subject."""
    subject = f"s-{uuid4().hex[:8]}"
    told = {"email": email, "email_verified": True, "name": "Ada", **claims}
    async with httpx.AsyncClient() as client:
        answer = await client.put(f"{provider}/users/{subject}", json=told)
        assert answer.is_success, answer.text
    return subject


async def signed_in(browser: httpx.AsyncClient, subject: str) -> httpx.Response:
    """Walk to the provider, be somebody there, and come back."""
    begun = await browser.get(START)
    assert begun.status_code == 302, begun.text
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    async with httpx.AsyncClient() as elsewhere:
        back = await elsewhere.post(begun.headers["location"], data={"sub": subject})
    assert back.status_code in (302, 303), back.text
    return await browser.get(httpx.URL(back.headers["location"]).raw_path.decode())


async def invited(api: httpx.AsyncClient, email: str) -> None:
    answer = await api.post("/api/v1/invitations", json={"email": email, "role": "editor"})
    assert answer.status_code == 201, answer.text


async def test_the_ways_to_sign_in_are_told(browser: httpx.AsyncClient) -> None:
    items = (await browser.get(WAYS)).json()["items"]
    assert [(each["name"], each["label"], each["start"]) for each in items] == [
        ("password", "Email and password", None),
        ("openid", "Acme", START),
    ]


async def test_who_was_invited_comes_in_and_is_known_by_the_subject_from_then_on(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, provider: str
) -> None:
    email = f"ada-{uuid4().hex[:8]}@shop.example"
    subject = await known(provider, email.title())
    refused = await signed_in(browser, subject)
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_refused")
    await invited(api, email)
    back = await signed_in(browser, subject)
    assert (back.status_code, back.headers["location"]) == (302, "/")
    who = (await browser.get("/api/v1/session")).json()
    assert (who["kind"], who["role"], who["name"]) == ("user", "editor", f"Ada <{email}>")
    async with httpx.AsyncClient() as elsewhere:  # the email changes there; the person stays
        await elsewhere.put(f"{provider}/users/{subject}", json={"email": "other@x.example", "email_verified": True})
    browser.cookies.clear()
    assert (await signed_in(browser, subject)).status_code == 302
    assert (await browser.get("/api/v1/session")).json()["id"] == who["id"]


async def test_an_email_that_nobody_verified_opens_nothing(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, provider: str
) -> None:
    email = f"eve-{uuid4().hex[:8]}@shop.example"
    await invited(api, email)
    for claims in ({"email_verified": False}, {"email_verified": None}):
        answer = await signed_in(browser, await known(provider, email, **claims))
        assert (answer.status_code, answer.json()["code"]) == (401, "not_verified")


async def test_an_answer_belongs_to_the_browser_that_asked(browser: httpx.AsyncClient, provider: str) -> None:
    subject = await known(provider, "ada@shop.example")
    begun = await browser.get(START)
    async with httpx.AsyncClient() as elsewhere:
        back = await elsewhere.post(begun.headers["location"], data={"sub": subject})
    address = httpx.URL(back.headers["location"])
    wrong = await browser.get(str(address.copy_merge_params({"state": "x" * 43}).raw_path.decode()))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not_verified")
    browser.cookies.clear()
    stolen = await browser.get(address.raw_path.decode())
    assert (stolen.status_code, stolen.json()["code"]) == (401, "not_verified")
    denied = await browser.get(f"{START}/callback?error=access_denied&state=x")
    assert denied.status_code == 401


async def test_without_a_provider_there_is_none(api: httpx.AsyncClient, database_home: Path) -> None:
    async with open_engine(Settings.read({}, home=database_home)) as plain:
        transport = httpx.ASGITransport(create_app(plain))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://t.example") as client:
            answer = await client.get(START)
            assert (answer.status_code, answer.json()["code"]) == (404, "no_provider")
            assert len((await client.get(WAYS)).json()["items"]) == 1


# --- what a token has to be -------------------------------------------------------------------------------------------

KEYS = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}
OTHER = rsa.generate_private_key(65537, 2048)
METADATA = Metadata("https://id.example", "https://id.example/a", "https://id.example/t", "https://id.example/k")
ASKED = _Kept("s", "the-nonce", "v", "https://t.example/back", 0.0)


class Known:
    """The published keys, without anybody to ask."""

    async def key(self, kid: str | None) -> jwt.PyJWK:
        algorithm = jwt.get_algorithm_by_name(kid or "")
        return jwt.PyJWK(algorithm.to_jwk(KEYS[kid or ""].public_key(), as_dict=True) | {"alg": kid})  # type: ignore[attr-defined]


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {"iss": "https://id.example", "aud": "treadle", "sub": "7", "iat": now, "exp": now + 300}
    told |= {"nonce": "the-nonce", "email": "a@b.example", "email_verified": True}
    return {name: value for name, value in (told | other).items() if value is not None}


async def checked(token: str) -> Any:
    provider = OpenIdProvider.__new__(OpenIdProvider)
    provider._client = Client(issuer="https://id.example", client_id="treadle", client_secret="s")
    provider._published = Known()  # type: ignore[assignment]
    return await provider._checked(METADATA, token, ASKED)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_good_token_says_who_it_is(algorithm: str) -> None:
    token = jwt.encode(claims(), KEYS[algorithm], algorithm, {"kid": algorithm})
    who = await checked(token)
    assert (who.issuer, who.subject, who.email) == ("https://id.example", "7", "a@b.example")


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": ["treadle", "somebody-else"]},
        {"azp": "somebody-else"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nonce": "another"},
        {"nonce": None},
        {"email": None},
        {"email_verified": "true"},
    ],
)
async def test_a_token_with_a_wrong_claim_is_not_believed(wrong: Mapping[str, Any]) -> None:
    token = jwt.encode(claims(**wrong), KEYS["RS256"], "RS256", {"kid": "RS256"})
    with pytest.raises(NotVerified):
        await checked(token)


async def test_a_token_of_another_key_or_none_or_a_shared_secret_is_not_believed() -> None:
    public = KEYS["RS256"].public_key()
    for token in (
        jwt.encode(claims(), OTHER, "RS256", {"kid": "RS256"}),
        jwt.encode(claims(), None, "none", {"kid": "RS256"}),
        jwt.encode(claims(), str(public.public_numbers()) + "0" * 40, "HS256", {"kid": "RS256"}),
        "no.token.at-all",
    ):
        with pytest.raises(NotVerified):
            await checked(token)
