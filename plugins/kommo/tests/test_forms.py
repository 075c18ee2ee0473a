"""Bracket forms: what they mean, what is refused, and that nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle_kommo import forms

_names = st.text(st.characters(exclude_characters="[]\0", exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: not name.isdecimal()
)
_leaves = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
_trees = st.dictionaries(
    _names,
    st.recursive(
        _leaves,
        lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(_names, inner, min_size=1, max_size=4),
        max_leaves=20,
    ),
    max_size=4,
)


@given(_trees)
def test_what_is_encoded_is_read_back(tree: dict[str, forms.Tree]) -> None:
    assert forms.parse(forms.encode(tree)) == tree


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(forms.BadForm):
        assert isinstance(forms.parse(body), dict)


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"a", {"a": ""}),
        (b"&&a=1&", {"a": "1"}),
        (b"a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        (b"a%5Bb%5D=x+y%21&a%5bc%5d=%2B", {"a": {"b": "x y!", "c": "+"}}),
        (b"a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        (b"a[70001][ID]=70001", {"a": {"70001": {"ID": "70001"}}}),
        (b"a[00]=x", {"a": {"00": "x"}}),
        (b"a[]=x&a[]=y", {"a": ["x", "y"]}),
        (b"a[][k]=x&a[][k]=y", {"a": [{"k": "x"}, {"k": "y"}]}),
        (b"a[x]=1&a[x]=2", {"a": {"x": "2"}}),
        (b"a[b][c]=1&a=2", {"a": "2"}),
        (b"a=2&a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        (b"a[b]=1&a=2&a[c]=3", {"a": {"c": "3"}}),
        (b"a[b][c]=1&a[b]=2&a[b][d]=3", {"a": {"b": {"d": "3"}}}),
        (b"a[b=1&a]b=2&[x]=3&a[b]c=4", {"a[b": "1", "a]b": "2", "[x]": "3", "a[b]c": "4"}),
        (b"__class__[__init__]=1&__proto__[x]=2", {"__class__": {"__init__": "1"}, "__proto__": {"x": "2"}}),
        (b"a=%3D=%26", {"a": "==&"}),
        ("a=ñ%C3%B1".encode(), {"a": "ññ"}),
        (b"a=x%00y", {"a": "x\ufffdy"}),
        (b"a=x\0y", {"a": "x\ufffdy"}),
    ],
)
def test_meaning(body: bytes, tree: dict[str, forms.Tree]) -> None:
    assert forms.parse(body) == tree


_BAD: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "broken code": (lambda: b"a=%4", "form_bad_percent", 400),
    "no code": (lambda: b"a=%zz", "form_bad_percent", 400),
    "code before a line end": (lambda: b"a=%\n&b=1", "form_bad_percent", 400),
    "broken code in a name": (lambda: b"%G1=1", "form_bad_percent", 400),
    "megabytes of broken codes": (lambda: b"a=" + b"%4g" * 600_000, "form_bad_percent", 400),
    "bad UTF-8": (lambda: b"a=\xff\xfe", "form_bad_utf8", 400),
    "bad UTF-8 in codes": (lambda: b"a=%ff%fe", "form_bad_utf8", 400),
    "half a character": (lambda: b"a=%C3", "form_bad_utf8", 400),
    "too deep": (lambda: b"a" + b"[x]" * 200 + b"=1", "form_too_deep", 400),
    "too deep, encoded": (lambda: b"a" + b"%5Bx%5D" * 200 + b"=1", "form_too_deep", 400),
    "megabytes of brackets": (lambda: b"[" * 1_999_990 + b"=1", "form_too_deep", 400),
    "too many fields": (lambda: b"&".join(b"a[%d]=1" % n for n in range(100_000)), "form_too_many_fields", 400),
    "too many groups": (
        lambda: b"&".join(b"a[%d][b][c]=1" % n for n in range(19_000)),
        "form_too_many_fields",
        400,
    ),
    "too large": (lambda: b"a=" + b"x" * 10_000_000, "form_too_large", 413),
}


@pytest.mark.parametrize("case", _BAD)
def test_refusals(case: str) -> None:
    make, code, status = _BAD[case]
    body = make()
    started = time.perf_counter()
    with pytest.raises(forms.BadForm) as bad:
        forms.parse(body)
    assert (bad.value.code, bad.value.status) == (code, status)
    assert time.perf_counter() - started < 1.0  # far more than it takes; a quadratic reader needs minutes


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"%41" * 660_000,
        b"%41" * 660_000,
        b"a=" + b"=" * 1_900_000 + b"%41",
        b"&".join([b"a[]=1"] * 19_999),
        b"&".join(b"a[%d]=caf%%C3%%A9" % n for n in range(19_999)),
        b"a[" + b"9" * 1_900_000 + b"]=1",
    ],
    ids=["codes", "codes in the name", "equals signs", "appended", "numbered", "a huge number"],
)
def test_large_and_fine(body: bytes) -> None:
    started = time.perf_counter()
    tree = forms.parse(body)
    list(forms.items(tree.get("a", [])))
    assert time.perf_counter() - started < 1.0
