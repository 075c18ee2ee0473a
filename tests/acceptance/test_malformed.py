"""Deliveries that nobody should send: a problem document each, never 500, and the platform goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.acceptance.conftest import SAMPLES, Kommo
from tests.acceptance.processes import Home, request

FORM = "application/x-www-form-urlencoded"
ACCOUNT = b"account%5Bid%5D=31000111&"


def _deep(levels: int) -> bytes:
    return b"leads" + b"%5Ba%5D" * levels + b"=1"


CASES = {
    "bad percent codes": (ACCOUNT + b"leads%5Badd%5D%5B0%5D%5Bname%5D=%zz", FORM, {400}),
    "bad utf-8": (ACCOUNT + b"leads%5Badd%5D%5B0%5D%5Bname%5D=%ff%fe", FORM, {400}),
    "200 brackets deep": (_deep(200), FORM, {400}),
    "100,000 keys": (b"&".join(b"k%d=1" % n for n in range(100_000)), FORM, {400, 413}),
    "10 MB of one value": (b"a=" + b"x" * (10 * 1024 * 1024 - 2), FORM, {202, 400, 413}),
    "over 10 MB": (b"a=" + b"x" * (10 * 1024 * 1024), FORM, {413}),
    "deep JSON": (b"[" * 100_000 + b"]" * 100_000, "application/json", {415}),
    "wrong content type": (b"<a/>", "text/xml", {415}),
    "no content type": (b"a=1", "", {415}),
    "another account": (b"account%5Bid%5D=99&leads%5Badd%5D%5B0%5D%5Bid%5D=1", FORM, {202, 400, 404}),
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Kommo]]:
    """One platform for all cases: each has to leave it well."""
    from tests.acceptance.processes import home_in

    with home_in(tmp_path_factory.mktemp("malformed")) as home:
        kommo = Kommo(home)
        kommo.start()
        home.write_rule("vip.rule", (SAMPLES / "rules/01_tag_vip.rule").read_text(encoding="utf-8"))
        home.up()
        kommo.connect()
        yield home, kommo


@pytest.mark.parametrize("case", CASES)
def test_malformed(platform: tuple[Home, Kommo], case: str) -> None:
    home, kommo = platform
    body, content_type, expected = CASES[case]

    answer = home.deliver(kommo.hook, body, content_type)

    assert answer.status in expected, answer.body
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["code"]
        assert "Traceback" not in answer.body.decode()
    good = (SAMPLES / "lead_add.form").read_bytes()
    assert home.deliver(kommo.hook, good).status == 202


def test_a_wrong_secret_and_an_unknown_hook_get_one_answer(platform: tuple[Home, Kommo]) -> None:
    home, kommo = platform
    body = (SAMPLES / "lead_add.form").read_bytes()

    wrong = home.deliver(kommo.hook[:-4] + "wxyz", body)
    unknown = home.deliver(f"{home.url}/hooks/nobody/secret", body)

    assert wrong.status == unknown.status == 404
    assert wrong.body == unknown.body


def test_an_item_in_doubt_loses_no_neighbour(platform: tuple[Home, Kommo]) -> None:
    home, kommo = platform
    body = (
        ACCOUNT
        + b"leads%5Badd%5D%5B0%5D%5Bid%5D=seven&leads%5Badd%5D%5B0%5D%5Bname%5D=Bad"
        + b"&leads%5Badd%5D%5B1%5D%5Bid%5D=70009&leads%5Badd%5D%5B1%5D%5Bname%5D=Ok&leads%5Badd%5D%5B1%5D%5Bprice%5D=5"
        + b"&leads%5Badd%5D%5B1%5D%5Bstatus_id%5D=5101&leads%5Badd%5D%5B1%5D%5Bpipeline_id%5D=5001"
        + b"&leads%5Badd%5D%5B1%5D%5Bcreated_at%5D=1763892000&leads%5Badd%5D%5B1%5D%5Bupdated_at%5D=1763892000"
        + b"&strange%5Badd%5D%5B0%5D%5Bid%5D=1"
    )

    receipt = home.deliver(kommo.hook, body).json

    outcomes = sorted(home.api(f"/events/{event_id}")["outcome"] for event_id in receipt["events"])
    assert outcomes == ["filtered", "unread", "unread"]


def test_the_api_wants_a_key(platform: tuple[Home, Kommo]) -> None:
    home, _ = platform

    for headers in ({}, {"authorization": "Bearer no"}, {"authorization": "Bearer k\xe9y"}):
        assert request("GET", f"{home.url}/api/v1/events", headers=headers).status == 401
