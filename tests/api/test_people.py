"""Members, groups, invitations, keys and the audit log (rows X12 and X15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from tests.api.people import PASSWORD, as_session, audited, member, plain, signed_in, with_key

from treadle.runtime.engine import Engine
from treadle.runtime.people import people_of
from treadle.runtime.services import sessions


def fresh(role: str = "viewer", **more: Any) -> dict[str, Any]:
    return {"email": f"p-{uuid4().hex[:10]}@shop.example", "name": "Ada", "role": role} | more


async def test_a_member_is_made_changed_and_let_go(api: httpx.AsyncClient, engine: Engine) -> None:
    new = fresh(password=PASSWORD)
    made = await api.post("/api/v1/users", json=new)
    assert made.status_code == 201
    user = made.json()
    assert (user["email"], user["role"], user["groups"]) == (new["email"], "viewer", [])
    assert PASSWORD not in made.text
    again = await api.post("/api/v1/users", json=new | {"email": new["email"].upper()})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    address = f"/api/v1/users/{user['id']}"
    changed = (await api.patch(address, json={"role": "editor", "name": "Ada L."})).json()
    assert (changed["role"], changed["name"]) == ("editor", "Ada L.")
    seen = await api.get(address)
    assert seen.json() == changed
    header = {"if-match": seen.headers["etag"]}
    raced = [await api.patch(address, json={"name": name}, headers=header) for name in ("Ada B.", "Ada C.")]
    assert [each.status_code for each in raced] == [200, 412]
    assert user["id"] in [each["id"] for each in (await api.get("/api/v1/users?limit=200")).json()["items"]]
    async with plain(engine) as http:
        signed = {"email": new["email"], "password": PASSWORD}
        assert (await http.post("/api/v1/session", json=signed)).status_code == 201
        assert (await api.delete(address)).status_code == 204
        assert (await http.get("/api/v1/session")).status_code == 401  # at once
        assert (await http.post("/api/v1/session", json=signed)).status_code == 401
    for answer in (await api.get(address), await api.delete(address), await api.patch(address, json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "user_unknown")
    back = await api.post("/api/v1/users", json=new)
    assert back.json()["id"] == user["id"]  # history goes on naming the same person
    assert await audited(engine, user["id"]) == [
        "user.role_changed", "user.renamed", "user.renamed", "session.opened", "user.removed",
    ]  # fmt: skip


async def test_keys_end_with_what_their_maker_may(api: httpx.AsyncClient, engine: Engine) -> None:
    await member(engine, "owner")  # somebody stays
    _, owner = await member(engine, "owner")
    token, keys = await sessions.opened(engine, owner.id), []
    async with as_session(engine, token) as mine:
        for scope in ("administer", "read"):
            made = await mine.post("/api/v1/keys", json={"name": scope, "scopes": [scope]})
            keys.append({"authorization": f"Bearer {made.json()['key']}"})

    async def answers() -> list[int]:
        return [(await api.get("/api/v1/session", headers=key)).status_code for key in keys]

    assert await answers() == [200, 200]
    await api.patch(f"/api/v1/users/{owner.id}", json={"role": "viewer"})
    assert await answers() == [401, 200]
    await api.delete(f"/api/v1/users/{owner.id}")
    assert await answers() == [401, 401]


async def test_what_is_no_email_name_or_password_is_refused(api: httpx.AsyncClient) -> None:
    for wrong in (
        {"email": "nobody"}, {"email": "a@b\u0000c"}, {"name": ""}, {"name": "a\nb"}, {"name": "x <boss@b.c>"},
        {"role": "king"}, {"password": "short"}, {"colour": "red"},
    ):  # fmt: skip
        assert (await api.post("/api/v1/users", json=fresh() | wrong)).status_code == 400


async def test_there_is_always_an_owner(engine: Engine) -> None:
    async with await with_key(engine, "read", "operate", "edit", "administer") as api:
        owners = [
            each for each in (await api.get("/api/v1/users?limit=200")).json()["items"] if each["role"] == "owner"
        ]
        if not owners:
            owners = [(await api.post("/api/v1/users", json=fresh("owner"))).json()]
        *others, last = owners
        for each in others:
            assert (await api.delete(f"/api/v1/users/{each['id']}")).status_code == 204
        for answer in (
            await api.delete(f"/api/v1/users/{last['id']}"),
            await api.patch(f"/api/v1/users/{last['id']}", json={"role": "editor"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


async def test_nobody_hands_out_more_than_they_have(engine: Engine) -> None:
    _, owner = await member(engine, "owner")
    async with await with_key(engine, "administer", "read") as http:
        for answer in (
            await http.post("/api/v1/users", json=fresh("operator")),
            await http.post("/api/v1/keys", json={"name": "k", "scopes": ["operate"]}),
            await http.post("/api/v1/invitations", json={"email": "a@b.c", "role": "editor"}),
            await http.patch(f"/api/v1/users/{owner.id}", json={"password": "a new long one"}),
            await http.delete(f"/api/v1/users/{owner.id}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert (await http.post("/api/v1/users", json=fresh("viewer"))).status_code == 201


async def test_an_invitation_is_good_once(api: httpx.AsyncClient, engine: Engine) -> None:
    email = fresh()["email"]
    made = (await api.post("/api/v1/invitations", json={"email": email, "role": "operator"})).json()
    listed = (await api.get("/api/v1/invitations?limit=200")).json()["items"]
    (mine,) = (each for each in listed if each["id"] == made["id"])
    assert (mine["email"], mine["role"]) == (email, "operator")
    assert made["token"] not in str(listed)
    coming = {"token": made["token"], "name": "Grace", "password": PASSWORD}
    async with plain(engine) as http:
        for wrong in ({"token": "A" * 43}, {"token": "x"}):
            refused = await http.post("/api/v1/invitations/accept", json=coming | wrong)
            assert (refused.status_code, refused.json()["code"]) == (404, "invitation_unknown")
        accepted = await http.post("/api/v1/invitations/accept", json=coming)
        assert (accepted.status_code, accepted.json()["role"]) == (201, "operator")
        assert accepted.json()["name"] == f"Grace <{email}>"
        assert (await http.get("/api/v1/session")).json() == accepted.json()
        spent = await http.post("/api/v1/invitations/accept", json=coming)
        assert spent.json()["code"] == "invitation_unknown"
    taken = await api.post("/api/v1/invitations", json={"email": email, "role": "viewer"})
    assert taken.json()["code"] == "email_taken"


async def test_an_invitation_that_is_over_or_taken_back_opens_nothing(api: httpx.AsyncClient, engine: Engine) -> None:
    coming = {"name": "Grace", "password": PASSWORD}
    async with plain(engine) as http:
        first = (await api.post("/api/v1/invitations", json={"email": fresh()["email"], "role": "viewer"})).json()
        assert (await api.delete(f"/api/v1/invitations/{first['id']}")).status_code == 204
        assert (await api.delete(f"/api/v1/invitations/{first['id']}")).status_code == 404
        refused = await http.post("/api/v1/invitations/accept", json=coming | {"token": first["token"]})
        assert refused.json()["code"] == "invitation_unknown"
        later = (await api.post("/api/v1/invitations", json={"email": fresh()["email"], "role": "viewer"})).json()
        await ended(engine, "invitations", later["id"])
        refused = await http.post("/api/v1/invitations/accept", json=coming | {"token": later["token"]})
        assert refused.json()["code"] == "invitation_unknown"


async def ended(engine: Engine, table: str, id: str) -> None:
    """Let the time of something be over."""
    owner = engine.database.url.replace("user=treadle_app", "user=postgres")
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        changed = await connection.execute(
            f"update treadle.{table} set expires_at = now() - interval '1 s' where id = %s",
            [id],  # type: ignore[arg-type]
        )
        assert changed.rowcount == 1
    people_of(engine).callers.forget()  # as they are a second later


async def test_a_session_ends_by_itself(engine: Engine) -> None:
    async with await signed_in(engine, "viewer") as http:
        assert (await http.get("/api/v1/session")).status_code == 200
        owner = engine.database.url.replace("user=treadle_app", "user=postgres")
        mine = (await http.get("/api/v1/session")).json()["id"]
        async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
            await connection.execute("update treadle.sessions set expires_at = now() where user_id = %s", [mine])
        people_of(engine).callers.forget()
        assert (await http.get("/api/v1/session")).status_code == 401


async def test_x15_a_key_has_scopes_an_end_and_is_seen_once(api: httpx.AsyncClient, engine: Engine) -> None:
    body = {"name": "reader", "scopes": ["read"], "expires_at": str(datetime.now(UTC) + timedelta(days=1))}
    made = (await api.post("/api/v1/keys", json=body)).json()
    assert made["key"].startswith("trd_")

    async def shown() -> dict[str, Any]:
        items: list[dict[str, Any]] = (await api.get("/api/v1/keys?limit=200")).json()["items"]
        assert made["key"] not in str(items)
        return next(each for each in items if each["id"] == made["id"])

    assert (await shown())["used_at"] is None
    async with plain(engine) as http:
        http.headers["authorization"] = f"Bearer {made['key']}"
        assert (await http.get("/api/v1/runs")).status_code == 200
        assert (await http.post("/api/v1/groups", json={"name": "x"})).json()["code"] == "forbidden"
        key = await shown()
        assert (key["starts"], key["scopes"], key["used_at"][16:]) == (made["key"][:8], ["read"], ":00Z")
        await ended(engine, "api_keys", made["id"])
        assert (await http.get("/api/v1/runs")).status_code == 401


async def test_x15_a_key_of_any_letters_is_unknown_and_no_fault_of_ours(engine: Engine) -> None:
    async with plain(engine) as http:
        for key in ("ké" * 20, "trd_é", "\xff\xfe", "trd_" + "a" * 10_000, "trd_\x7f", "trd_" + "A" * 43, "' or 1=1--"):
            answer = await http.get("/api/v1/runs", headers=[(b"authorization", b"Bearer " + key.encode("latin-1"))])
            assert (answer.status_code, answer.json()["code"]) == (401, "key_missing"), key


async def test_x15_a_revoked_key_is_over_at_once(api: httpx.AsyncClient, engine: Engine) -> None:
    made = (await api.post("/api/v1/keys", json={"name": "gone", "scopes": ["read"]})).json()
    async with plain(engine) as http:
        http.headers["authorization"] = f"Bearer {made['key']}"
        assert (await http.get("/api/v1/runs")).status_code == 200
        assert (await api.delete(f"/api/v1/keys/{made['id']}")).status_code == 204
        assert (await http.get("/api/v1/runs")).status_code == 401
    assert (await api.delete(f"/api/v1/keys/{made['id']}")).json()["code"] == "key_unknown"
    assert await audited(engine, made["id"]) == ["key.made", "key.revoked"]


async def test_x15_the_database_holds_no_usable_secret(api: httpx.AsyncClient, engine: Engine) -> None:
    key = (await api.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]})).json()["key"]
    invited = (await api.post("/api/v1/invitations", json={"email": fresh()["email"], "role": "viewer"})).json()
    user = fresh(password="a very special sentence")
    await api.post("/api/v1/users", json=user)
    async with plain(engine) as http:
        await http.post("/api/v1/session", json={"email": user["email"], "password": user["password"]})
        session = http.cookies["treadle_session"]
    first = (engine.settings.home / "key").read_text().strip()
    secrets = (key, invited["token"], user["password"], session, first)
    owner = engine.database.url.replace("user=treadle_app", "user=postgres")
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        tables = await connection.execute(
            "select relname from pg_class where relnamespace = 'treadle'::regnamespace and relkind in ('r', 'p')"
        )
        for (table,) in await tables.fetchall():
            dumped = await connection.execute(f"select t::text from treadle.{table} t")  # type: ignore[arg-type]
            text = "\n".join(str(row[0]) for row in await dumped.fetchall())
            for secret in secrets:
                assert secret not in text, table
                assert secret.encode().hex() not in text, table


async def test_groups_have_members_of_the_workspace(api: httpx.AsyncClient, engine: Engine) -> None:
    _, user = await member(engine, "viewer")
    name = f"g-{uuid4().hex[:8]}"
    made = await api.post("/api/v1/groups", json={"name": name, "members": [str(user.id)]})
    assert (made.status_code, made.json()["members"]) == (201, [str(user.id)])
    address = f"/api/v1/groups/{made.json()['id']}"
    assert (await api.get(f"/api/v1/users/{user.id}")).json()["groups"] == [name]
    for taken in (name, "owner", "viewer"):
        assert (await api.post("/api/v1/groups", json={"name": taken})).json()["code"] == "name_taken"
    stranger = await api.put(address, json={"members": [str(uuid4())]})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "not_a_member")
    assert (await api.get(address)).json()["members"] == [str(user.id)]
    seen = {"if-match": (await api.get(address)).headers["etag"]}
    emptied = [await api.put(address, json={"members": []}, headers=seen) for _ in range(2)]
    assert [each.status_code for each in emptied] == [200, 412]
    assert (await api.delete(address)).status_code == 204
    for answer in (await api.get(address), await api.delete(address), await api.put(address, json={"members": []})):
        assert (answer.status_code, answer.json()["code"]) == (404, "group_unknown")


async def test_the_audit_log_tells_who_did_what_and_is_only_added_to(api: httpx.AsyncClient, engine: Engine) -> None:
    user = (await api.post("/api/v1/users", json=fresh(password=PASSWORD))).json()
    page = (await api.get("/api/v1/audit", params={"what": "user.added", "object": user["email"]})).json()
    (entry,) = page["items"]
    assert (entry["who_kind"], entry["who_name"], entry["detail"]) == ("key", "key first", {"role": "viewer"})
    assert PASSWORD not in str((await api.get("/api/v1/audit?limit=200")).json())
    one = (await api.get("/api/v1/audit", params={"limit": 1})).json()
    two = (await api.get("/api/v1/audit", params={"limit": 1, "cursor": one["next"]})).json()
    assert one["items"][0]["id"] > two["items"][0]["id"]
    async with engine.database.pool.connection() as connection:
        for change in ("update audit_log set what = 'x'", "delete from audit_log", "truncate audit_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(change)  # type: ignore[arg-type]
