"""No form of a live secret gets through; everything else does, as the same object."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.redaction import Redactor

SECRET = 'sk-live "ü"/+?\\= 0123'
REDACTOR = Redactor([SECRET, "short", "another-secret"])

FORMS = [
    SECRET,
    json.dumps(SECRET),
    json.dumps(SECRET, ensure_ascii=False),
    json.dumps(json.dumps({"key": SECRET})),
    quote(SECRET),
    quote(SECRET, safe=""),
    quote_plus(SECRET),
    urlencode({"key": SECRET}),
    repr({"key": SECRET}),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    *(base64.b64encode(f"{'u' * size}:{SECRET}:tail".encode()).decode() for size in range(1, 7)),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_replaced(form: str) -> None:
    clean = REDACTOR.text(f"before {form} after")
    assert "***" in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert "sk-live" not in clean
    assert "MDEyM" not in clean  # base64 of the last digits


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40), st.text(max_size=9), st.text(max_size=9)
)
def test_the_plain_secret_never_stays(secret: str, before: str, after: str) -> None:
    text = f"{before}{secret}{after}"
    clean = Redactor([secret]).text(text)
    assert "***" in clean or secret == "***"
    assert secret not in clean.replace("***", "\0")


@given(st.text(max_size=200))
def test_harmless_text_stays_the_same_object(text: str) -> None:
    assert REDACTOR.text(text) is text


def test_what_a_service_read_as_latin_1_is_replaced_too() -> None:
    misread = SECRET.encode().decode("latin-1")
    for form in (misread, quote(misread, safe=""), json.dumps(misread), base64.b64encode(misread.encode()).decode()):
        assert "sk-live" not in REDACTOR.text(form)
        assert "***" in REDACTOR.text(form)


def test_short_secrets_are_none() -> None:
    assert REDACTOR.text("a short text") == "a short text"


class Shown:
    def __repr__(self) -> str:
        return f"<Shown {SECRET}>"


def test_data_is_walked_with_its_keys() -> None:
    data = {"a": [SECRET, 1, None, Decimal("1.10"), {SECRET: ("x", SECRET.encode(), Shown())}], "b": True}
    clean = REDACTOR.data(data)
    assert clean == {"a": ["***", 1, None, Decimal("1.10"), {"***": ("x", "***", "<Shown ***>")}], "b": True}


def test_what_is_too_deep_to_walk_is_masked() -> None:
    deep: Any = SECRET
    for _ in range(5000):
        deep = [deep]
    assert SECRET not in str(REDACTOR.data(deep))


def test_lone_surrogates_do_no_harm() -> None:
    assert REDACTOR.text(f"\ud800 {SECRET}") == "\ud800 ***"


def test_secrets_come_and_go() -> None:
    redactor = Redactor()
    assert redactor.text("token-one token-two") == "token-one token-two"
    redactor.add(["token-one"])
    redactor.add(["token-two", "token-one"])
    assert redactor.text("token-one token-two") == "*** ***"
    redactor.forget(["token-one", "never known"])
    assert redactor.text("token-one token-two") == "token-one ***"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Redactor(["abcdef", "abcdefghij"]).text("abcdefghij abcdef") == "*** ***"


def test_many_secrets_are_found_among_each_other() -> None:
    secrets = [f"sk-or-v1-{number:032d}" for number in range(500)]
    redactor = Redactor(secrets)
    assert redactor.text(" ".join(secrets)) == " ".join(["***"] * 500)


def test_as_a_processor_of_structlog(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[structlog.processors.format_exc_info, REDACTOR, structlog.processors.JSONRenderer()],
    )
    try:
        raise ValueError(f"refused with {SECRET}")
    except ValueError:
        log.exception("call failed", url=f"https://x.example/?key={quote(SECRET)}", data={"key": SECRET})
    printed = capsys.readouterr().out
    assert printed.count("***") == 3
    assert "sk-live" not in printed
