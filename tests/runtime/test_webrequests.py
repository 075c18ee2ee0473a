"""What a rule sees of a request, whatever it is that somebody sends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl.values import decode
from treadle.runtime.webrequests import Unreadable, hook_of


def hook(body: bytes = b"", kind: str | None = None, query: str = "", **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = decode(hook_of(headers if kind is None else {**headers, "content-type": kind}, query, body))
    return found


def test_json_keeps_its_numbers_and_its_text() -> None:
    found = hook(b'{"a": 1.10, "b": 12345678901234567890, "c": "\xc3\xa4\\u0000"}', "application/json; charset=utf-8")
    assert found["json"] == {"a": Decimal("1.10"), "b": 12345678901234567890, "c": "ä\0"}
    assert found["text"].startswith('{"a": 1.10')
    assert hook(b"[1]", "application/vnd.api+json")["json"] == [1]


def test_a_form_is_its_fields() -> None:
    found = hook(b"a=1&b=x+y&b=%C3%A4&c=", "application/x-www-form-urlencoded")
    assert (found["json"], found["text"]) == ({"a": "1", "b": ["x y", "ä"], "c": ""}, "a=1&b=x+y&b=%C3%A4&c=")


def test_text_is_text_in_its_charset_and_json_where_it_is_that() -> None:
    assert hook(b"hello", "text/plain") == {
        "json": None,
        "text": "hello",
        "headers": {"content-type": "text/plain"},
        "query": {},
    }
    assert hook(b"gr\xfc\xdfe", "text/plain; charset=ISO-8859-1")["text"] == "grüße"
    assert hook(b"gr\xfc", "text/plain; charset=rot13")["text"] == "gr\ufffd"
    assert hook(b'{"a": 1}')["json"] == {"a": 1}
    assert hook(b"{a: 1}", "text/plain")["json"] is None


def test_query_and_headers_come_along_and_credentials_do_not() -> None:
    found = hook(query="a=1&b=%20&a=2&c", **{"x-form": "main", "authorization": "Bearer s", "cookie": "s=1"})
    assert (found["query"], found["headers"]) == ({"a": "2", "b": " ", "c": ""}, {"x-form": "main"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'"\\ud800"', "application/json"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_not_what_it_says_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        hook(body, kind)


@given(st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_anything_is_read_or_refused(body: bytes, kind: str, query: str) -> None:
    for each in (kind, f"application/json;{kind}", f"application/x-www-form-urlencoded; charset={kind}"):
        try:
            assert isinstance(hook(body, each, query)["text"], str)
        except Unreadable:
            continue
