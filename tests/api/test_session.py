"""/session: signing in and out (rows X13, X14 and X26)."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.api.declared import document
from tests.api.people import PASSWORD, as_session, audited, member, plain, signed_in

from treadle.api.limits import SIGN_INS
from treadle.runtime.access import SYSTEM
from treadle.runtime.engine import Engine
from treadle.runtime.people import passwords
from treadle.runtime.services import users

SESSION = "/api/v1/session"


async def sign_in(http: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await http.post(SESSION, json={"email": email, "password": password}, **more)


async def test_a_person_signs_in_sees_who_they_are_and_signs_out(engine: Engine) -> None:
    email, user = await member(engine, "operator", password=PASSWORD)
    async with plain(engine) as http:
        made = await sign_in(http, email.upper())
        assert made.status_code == 201
        cookie = made.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "secure" not in cookie  # this is http
        mine = (await http.get(SESSION)).json()
        assert mine == made.json()
        assert (mine["kind"], mine["id"], mine["role"], mine["rights"]) == (
            "user", str(user.id), "operator", ["operate", "read"],
        )  # fmt: skip
        token = http.cookies["treadle_session"]
        out = await http.delete(SESSION, headers={"x-csrf-token": mine["csrf"]})
        assert out.status_code == 204
        assert (await http.get(SESSION)).status_code == 401
    async with as_session(engine, token) as old:  # X14: signed out is signed out, whoever kept the cookie
        assert (await old.get("/api/v1/runs")).status_code == 401
    assert await audited(engine, str(user.id)) == ["session.opened", "session.closed"]


async def test_over_tls_the_cookie_is_for_tls_alone(engine: Engine) -> None:
    email, _ = await member(engine, "viewer", password=PASSWORD)
    async with plain(engine) as http:
        made = await sign_in(http, email, headers={"x-forwarded-proto": "https"})
        assert "secure" not in made.headers["set-cookie"].lower()  # anybody can write that header
        http.base_url = "https://t.example"
        made = await sign_in(http, email)
        assert "secure" in made.headers["set-cookie"].lower()


async def test_who_is_unknown_and_who_is_wrong_get_the_same_answer(engine: Engine) -> None:
    email, _ = await member(engine, "viewer", password=PASSWORD)
    passwordless, _ = await member(engine, "viewer")
    async with plain(engine) as http:
        told = [
            (await sign_in(http, *each)).json()
            for each in ((email, "not this one"), ("nobody@shop.example", PASSWORD), (passwordless, PASSWORD))
        ]
    assert told[0]["code"] == "sign_in_refused"
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("stored", ["right", "other", None])
async def test_x26_each_try_costs_one_look_at_one_hash(stored: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = None if stored is None else await passwords.hashed(stored)
    await passwords.fits(None, "x")  # the hash of nobody is made once
    seen: list[str] = []
    real = passwords.verified

    def verified(hashed: str, given: str) -> bool:
        seen.append(hashed.rsplit("$", 2)[0])
        return real(hashed, given)

    monkeypatch.setattr(passwords, "verified", verified)
    assert await passwords.fits(kept, "right") is (stored == "right")
    assert seen == ["$argon2id$v=19$m=47104,t=1,p=1"]


async def test_x14_a_session_is_new_at_each_sign_in_and_the_one_before_ends(engine: Engine) -> None:
    email, _ = await member(engine, "viewer", password=PASSWORD)
    async with plain(engine) as http:
        http.cookies["treadle_session"] = "A" * 43  # planted by somebody
        assert (await sign_in(http, email)).status_code == 201
        first = http.cookies.get("treadle_session", domain="t.example")
        await sign_in(http, email)
        second = http.cookies.get("treadle_session", domain="t.example")
    assert len({first, second, "A" * 43}) == 3
    assert first is not None
    assert second is not None
    for token, status in ((first, 401), (second, 200), ("A" * 43, 401)):
        async with as_session(engine, token) as old:
            assert (await old.get(SESSION)).status_code == status


async def test_x14_another_password_ends_every_session_but_gives_a_new_one(engine: Engine) -> None:
    email, user = await member(engine, "viewer", password=PASSWORD)
    async with plain(engine) as here, plain(engine) as there:
        csrf = (await sign_in(here, email)).json()["csrf"]
        await sign_in(there, email)
        for body, status in (
            ({"old": "not this one", "new": "another long one"}, 401),
            ({"old": PASSWORD, "new": "short"}, 400),
            ({"old": PASSWORD, "new": "another long one"}, 200),
        ):
            answer = await here.put(f"{SESSION}/password", json=body, headers={"x-csrf-token": csrf})
            assert answer.status_code == status
        assert (await there.get(SESSION)).status_code == 401
        assert (await here.get(SESSION)).json()["csrf"] == answer.json()["csrf"] != csrf
        assert (await sign_in(there, email)).status_code == 401
        assert (await sign_in(there, email, "another long one")).status_code == 201
    assert "password.changed" in await audited(engine, str(user.id))


async def test_x14_another_role_ends_the_sessions(engine: Engine) -> None:
    async with await signed_in(engine, "editor") as http:
        mine = (await http.get(SESSION)).json()
        await users.changed(engine, SYSTEM, UUID(mine["id"]), users.Changes(role="viewer"))
        assert (await http.get(SESSION)).status_code == 401


async def test_x13_a_change_with_the_cookie_needs_our_page(engine: Engine) -> None:
    async with await signed_in(engine, "owner") as http:
        csrf = http.headers.pop("x-csrf-token")
        body = {"name": "g", "members": []}
        for headers in (
            {},
            {"x-csrf-token": ""},
            {"x-csrf-token": "kéy".encode()},
            {"x-csrf-token": csrf[:-1]},
            {"x-csrf-token": csrf, "origin": "null"},
            {"x-csrf-token": csrf, "origin": "https://evil.example"},
            {"x-csrf-token": csrf, "origin": "http://sub.t.example"},
            {"x-csrf-token": csrf, "origin": "http://t.example.evil.example"},
            {"x-csrf-token": csrf, "origin": "http://["},
        ):
            answer = await http.post("/api/v1/groups", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        form = {"x-csrf-token": csrf, "content-type": "text/plain"}
        assert (await http.post("/api/v1/groups", content=b"{}", headers=form)).status_code == 415
        good = {"x-csrf-token": csrf, "origin": "http://t.example"}
        assert (await http.post("/api/v1/groups", json=body, headers=good)).status_code == 201
        assert (await http.get(SESSION)).status_code == 200  # who only looks needs no token


async def test_x13_no_change_is_made_for_a_page_of_another_site(engine: Engine) -> None:
    """Every operation of the document that changes something, with the cookie of an owner."""
    writes = [
        (verb.upper(), re.sub(r"\{\w+\}", "01890a5d-ac96-774b-bcce-b302099a8057", path), operation)
        for path, item in document()["paths"].items()
        for verb, operation in item.items()
        if path.startswith("/api/v1/") and verb in ("post", "put", "patch", "delete")
    ]
    assert len(writes) > 30
    async with await signed_in(engine, "owner") as http:
        csrf = http.headers.pop("x-csrf-token")
        forms = {"content-type": "application/x-www-form-urlencoded"}
        for verb, path, operation in writes:
            foreign = [
                {"origin": "https://evil.example", "x-csrf-token": csrf},
                {"origin": "null", "x-csrf-token": csrf},
                {"origin": "http://sub.t.example", "x-csrf-token": csrf},
            ]
            for headers in foreign if not operation.get("security") else [{}, forms, *foreign]:
                answer = await http.request(verb, path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), f"{verb} {path} {headers}"
        assert (await http.get(SESSION)).status_code == 200


async def test_x13_no_other_site_is_let_in(engine: Engine) -> None:
    async with plain(engine) as http:
        for origin in ("https://evil.example", "null"):
            answer = await http.get("/api/v1/runs", headers={"origin": origin})
            assert "access-control-allow-origin" not in answer.headers
            asked = {"origin": origin, "access-control-request-method": "POST"}
            assert "access-control-allow-origin" not in (await http.options("/api/v1/runs", headers=asked)).headers
            refused = await http.post(SESSION, json={"email": "a@b.c", "password": "x"}, headers={"origin": origin})
            assert refused.json()["code"] == "csrf_failed"


async def test_a_key_has_no_session_to_end(api: httpx.AsyncClient) -> None:
    mine = (await api.get(SESSION)).json()
    assert (mine["kind"], mine["csrf"], len(mine["rights"])) == ("key", None, 4)
    assert (await api.delete(SESSION)).json()["code"] == "session_needed"
    changed = await api.put(f"{SESSION}/password", json={"old": "x", "new": "another long one"})
    assert changed.json()["code"] == "session_needed"


async def test_x23_tries_to_sign_in_are_few(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(stored: str | None, given: str) -> bool:
        return False

    monkeypatch.setattr(passwords, "fits", never)
    async with plain(engine) as http:
        statuses = [
            (await sign_in(http, f"{number}@b.c", headers={"x-forwarded-for": f"10.0.0.{number}"})).status_code
            for number in range(SIGN_INS + 2)
        ]
    assert statuses == [401] * SIGN_INS + [429] * 2
