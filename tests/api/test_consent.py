"""Accounts connected by consent: state and PKCE, tokens refreshed once, what a kill leaves behind (X16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api.consenting import (
    Account,
    account,
    allowed,
    call,
    child,
    connected,
    engine_beside,
    made,
    started,
    state_of,
)
from tests.api.people import signed_in

from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown
from treadle.sdk.failures import NotSent
from treadle_kommo.connection import Kommo


@pytest.fixture
async def kommo() -> AsyncIterator[Account]:
    async with account() as running:
        yield running


@pytest.fixture
async def engine(database_home: Path, kommo: Account) -> AsyncIterator[Engine]:
    async with engine_beside(database_home, kommo.host) as opened:
        yield opened


async def test_consent_connects_an_account_and_calls_go_through(
    api: httpx.AsyncClient, engine: Engine, kommo: Account
) -> None:
    name = await made(api, kommo)
    with pytest.raises(NotSent, match="not connected yet"):
        await call(engine, name)
    back = await allowed(api, name)
    assert back.path == "/api/v1/oauth/callback"
    page = await api.get(back.raw_path.decode(), headers={"authorization": ""})
    assert page.status_code == 200
    assert name in page.text
    shown = (await api.get(f"/api/v1/connections/{name}")).json()
    assert (shown["state"], shown["name"]) == ("ready", name)
    assert await call(engine, name) == 200
    assert (await api.post(f"/api/v1/connections/{name}/test")).status_code == 200
    assert kommo.consent.asked == 0
    again = await api.get(back.raw_path.decode())
    assert (again.status_code, again.json()["code"]) == (422, "consent_refused")


async def test_x16_the_address_of_consent_carries_state_and_an_s256_challenge(
    api: httpx.AsyncClient, kommo: Account
) -> None:
    name = await made(api, kommo)
    begun = (await api.post(f"/api/v1/connections/{name}/oauth/start")).json()
    asked = dict(httpx.URL(begun["authorize_url"]).params)
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43
    assert asked["redirect_uri"].endswith("/api/v1/oauth/callback")
    other = (await api.post(f"/api/v1/connections/{name}/oauth/start")).json()
    assert dict(httpx.URL(other["authorize_url"]).params)["state"] != asked["state"]


async def test_x16_what_was_not_asked_for_connects_nothing(api: httpx.AsyncClient, kommo: Account) -> None:
    name = await made(api, kommo)
    back = await allowed(api, name)
    for query in (
        "state=guessed&code=def502-code-1",
        f"state={state_of(back)}&error=access_denied",
        back.query.decode(),  # the state above was used up by the denial
    ):
        answer = await api.get(f"/api/v1/oauth/callback?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "consent_refused")
    assert (await api.get(f"/api/v1/connections/{name}")).json()["state"] == "consent_needed"


async def test_a_connection_with_a_token_of_its_own_asks_for_no_consent(api: httpx.AsyncClient, kommo: Account) -> None:
    name = f"{await made(api, kommo)}-own"
    fields = {"base_url": kommo.url, "access_token": "own-token-of-the-person"}
    await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": fields})
    answer = await api.post(f"/api/v1/connections/{name}/oauth/start")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_by_consent")


async def test_a_refused_token_is_refreshed_and_the_call_made_again(
    api: httpx.AsyncClient, engine: Engine, kommo: Account
) -> None:
    name = await connected(api, kommo)
    assert await call(engine, name) == 200
    kommo.consent.age()
    assert await call(engine, name) == 200
    assert kommo.consent.asked == 1


async def test_a_revoked_account_shows_that_it_has_to_be_connected_again(
    api: httpx.AsyncClient, engine: Engine, kommo: Account
) -> None:
    kommo.consent.lives = 1
    name = await connected(api, kommo)
    kommo.consent.revoke()
    with pytest.raises(NotSent) as failed:
        await call(engine, name)
    assert failed.value.code == "reconnect_needed"
    assert failed.value.retry_after is not None
    shown = (await api.get(f"/api/v1/connections/{name}")).json()
    assert shown["state"] == "reconnect_needed"
    assert "revoked" in shown["reason"]
    kommo.consent.lives = 86400
    back = await allowed(api, name)
    assert (await api.get(back.raw_path.decode())).status_code == 200
    assert await call(engine, name) == 200


async def test_a_call_that_is_given_up_leaves_the_fresh_token_behind(
    api: httpx.AsyncClient, engine: Engine, kommo: Account
) -> None:
    kommo.consent.lives = 1
    name = await connected(api, kommo)
    kommo.consent.lives, before = 86400, kommo.consent.asked
    given_up = asyncio.create_task(call(engine, name))
    await asyncio.sleep(0.005)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await call(engine, name) == 200
    assert kommo.consent.asked - before == 1


async def test_without_the_database_nothing_is_sent_and_the_call_may_be_made_again(
    api: httpx.AsyncClient, engine: Engine, kommo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await connected(api, kommo)
    assert engine.connections.keeper is not None
    engine.connections.keeper.forget(engine.connections.get(name).row.id)

    async def down(_connection: object) -> None:
        raise StoreDown("the database cannot be reached")

    monkeypatch.setattr(engine.connections.keeper.grants, "read", down)
    with pytest.raises(NotSent, match="no fresh token"):
        await call(engine, name)


async def test_another_host_or_client_leaves_the_tokens_behind(api: httpx.AsyncClient, kommo: Account) -> None:
    name = await connected(api, kommo)
    moved = {"base_url": "https://evil.example", "client_secret": "given-again-by-hand"}
    changed = await api.patch(f"/api/v1/connections/{name}", json={"fields": moved})
    assert (changed.status_code, changed.json()["state"]) == (200, "consent_needed")


@pytest.mark.slow
async def test_x16_fifty_calls_in_three_processes_at_expiry_refresh_once(
    api: httpx.AsyncClient, engine: Engine, kommo: Account, database_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Kommo, "rate", None)
    kommo.consent.lives = 1
    name = await connected(api, kommo)
    kommo.consent.lives = 86400
    before = kommo.consent.asked
    others = [await child(database_home, kommo.host, name, 17) for _ in range(2)]
    for each in others:
        await started(each)
    asked = [asyncio.create_task(call(engine, name)) for _ in range(16)]
    told = await asyncio.gather(*(each.communicate(b"\n") for each in others))
    assert await asyncio.gather(*asked) == [200] * 16
    assert [out.strip() for out, _ in told] == [b"17", b"17"]
    assert kommo.consent.asked - before == 1


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True])
async def test_x16_a_kill_between_answer_and_save_recovers_or_asks_a_person(
    api: httpx.AsyncClient, engine: Engine, kommo: Account, database_home: Path, strict: bool
) -> None:
    kommo.consent.lives, kommo.consent.strict = 1, strict
    name = await connected(api, kommo)
    kommo.consent.lives = 86400
    before = kommo.consent.asked
    killed = await child(database_home, kommo.host, name, 3, "token_answered")
    await started(killed)
    await killed.communicate(b"\n")
    assert killed.returncode == -9
    assert kommo.consent.asked - before == 1
    if strict:
        with pytest.raises(NotSent, match="connected again"):
            await call(engine, name)
    else:
        assert await call(engine, name) == 200
    shown = (await api.get(f"/api/v1/connections/{name}")).json()
    assert shown["state"] == ("reconnect_needed" if strict else "ready")
    assert kommo.consent.asked - before == 2


async def test_a_consent_that_a_browser_began_ends_in_that_browser_alone(
    api: httpx.AsyncClient, engine: Engine, kommo: Account
) -> None:
    name = await made(api, kommo)
    async with await signed_in(engine, "editor") as person:
        back = await allowed(person, name)
        assert "treadle_consent" in person.cookies
        stranger = await api.get(back.raw_path.decode())
        assert (stranger.status_code, stranger.json()["code"]) == (422, "consent_refused")
        again = await allowed(person, name)
        kept = "; ".join((person.headers["cookie"], f"treadle_consent={person.cookies['treadle_consent']}"))
        person.headers["cookie"] = kept
        assert (await person.get(again.raw_path.decode())).status_code == 200
    assert (await api.get(f"/api/v1/connections/{name}")).json()["state"] == "ready"


async def test_who_may_not_edit_sees_no_hook(api: httpx.AsyncClient, engine: Engine, kommo: Account) -> None:
    name = await made(api, kommo)
    async with await signed_in(engine, "viewer") as viewer:
        shown = (await viewer.get(f"/api/v1/connections/{name}")).json()
        assert (shown["name"], shown["hook_url"]) == (name, None)
        listed = (await viewer.get("/api/v1/connections")).json()["items"]
        assert {each["hook_url"] for each in listed} == {None}
