"""`treadle users` and `treadle keys`: the first owner, inviting others, letting one go, keys of programs."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from tests.cli.conftest import Call


def test_a_member_is_made_with_a_password_from_a_pipe(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    email = f"ada-{uuid4().hex[:8]}@shop.example"
    monkeypatch.setattr("sys.stdin", io.StringIO("a long sentence is good\n"))
    made = call("users", "add", email, "--role", "owner", "--json").json
    assert (made["email"], made["role"], made["name"]) == (email, "owner", email.partition("@")[0])
    assert email in call("users").out
    again = call("users", "add", email)
    assert again.status == 1
    assert "Traceback" not in again.err


def test_a_password_that_is_too_short_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    refused = call("users", "add", f"{uuid4().hex[:8]}@shop.example")
    assert refused.status == 1
    assert "password" in refused.err


def test_somebody_is_invited(call: Call) -> None:
    email = f"{uuid4().hex[:8]}@shop.example"
    assert len(call("users", "invite", email, "--json").json["token"]) == 43
    assert "good once within 2 days" in call("users", "invite", email, "--days", "2").out


def test_a_key_is_made_listed_and_revoked_and_a_member_let_go(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    name, email = f"report {uuid4().hex[:8]}", f"{uuid4().hex[:8]}@shop.example"
    made = call("keys", "create", name, "--may", "read", "--may", "operate", "--days", "2")
    assert made.out.startswith("trd_")
    (listed,) = [each for each in call("keys", "--json").json if each["name"] == name]
    assert (listed["scopes"], listed["starts"]) == (["operate", "read"], made.out[:8])
    assert name in call("keys").out
    assert call("keys", "revoke", name, "--json").json == {"revoked": listed["id"]}
    again = call("keys", "revoke", name)
    assert (again.status, "There is no key" in again.err) == (1, True)
    monkeypatch.setattr("sys.stdin", io.StringIO("a long sentence is good\n"))
    call("users", "add", email)
    assert call("users", "remove", email.upper()).out == f"{email} is no member any more\n"
    assert call("users", "remove", email).status == 1
