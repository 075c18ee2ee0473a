"""Sealed texts open where they belong and nowhere else."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.vault import Vault, VaultError, kid_of, new_key


def key(size: int, first: int) -> str:
    return base64.b64encode(bytes(range(first, first + size))).decode()


KEY_1, KEY_2 = key(32, 7), key(32, 224)
HOME: dict[str, Any] = {"workspace_id": "w1", "connection_id": "c1", "field": "api_key"}
VAULT = Vault.parse(f"k2:{KEY_2},k1:{KEY_1}")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens(secret: str) -> None:
    sealed = VAULT.seal(secret, **HOME)
    version, kid, nonce, _ = sealed.split(".")
    assert (version, kid, len(nonce)) == ("v1", "k2", 16)
    assert VAULT.open(sealed, **HOME) == secret


def test_sealing_twice_gives_two_texts_and_neither_shows_the_secret() -> None:
    one, two = (VAULT.seal("a secret", **HOME) for _ in range(2))
    assert one != two
    assert "secret" not in one
    assert base64.b64encode(b"a secret").decode()[:8] not in one


@given(st.text("abc|é", max_size=40), st.data())
def test_any_changed_character_is_noticed(secret: str, draw: st.DataObject) -> None:
    sealed = VAULT.seal(secret, **HOME)
    at = draw.draw(st.integers(0, len(sealed) - 1))
    other = draw.draw(st.sampled_from("ABCyz019-_.=+/ k").filter(lambda char: char != sealed[at]))
    with pytest.raises(VaultError):
        VAULT.open(sealed[:at] + other + sealed[at + 1 :], **HOME)


def test_every_flipped_byte_and_every_cut_is_noticed() -> None:
    sealed = VAULT.seal("0123456789", **HOME)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at, char in enumerate(sealed):
        for other in {"A", "B", "w", "_", ".", alphabet[(alphabet.find(char) ^ 1) % 64]} - {char}:
            with pytest.raises(VaultError):
                VAULT.open(sealed[:at] + other + sealed[at + 1 :], **HOME)
        with pytest.raises(VaultError):
            VAULT.open(sealed[:at], **HOME)


@pytest.mark.parametrize("moved", [{"workspace_id": "w2"}, {"connection_id": "c2"}, {"field": "other"}])
def test_a_text_that_was_moved_does_not_open(moved: dict[str, str]) -> None:
    sealed = VAULT.seal("x", **HOME)
    with pytest.raises(VaultError, match="moved"):
        VAULT.open(sealed, **{**HOME, **moved})


def test_owners_cannot_be_shifted_into_each_other() -> None:
    for field in ("workspace_id", "connection_id", "field"):
        with pytest.raises(ValueError, match=r"\|"):
            VAULT.seal("x", **{**HOME, field: "a|b"})


def test_the_first_key_seals_and_all_open() -> None:
    old = Vault.parse(f"k1:{KEY_1}")
    sealed = old.seal("x", **HOME)
    assert (kid_of(sealed), VAULT.kid) == ("k1", "k2")
    assert VAULT.open(sealed, **HOME) == "x"


def test_a_new_key_is_fresh_and_fits() -> None:
    fresh = new_key()
    assert fresh != new_key()
    vault = Vault.parse(fresh)
    assert vault.open(vault.seal("x", **HOME), **HOME) == "x"


def test_a_single_key_is_k1() -> None:
    alone = Vault.parse(KEY_1)
    assert alone.kid == "k1"
    assert VAULT.open(alone.seal("x", **HOME), **HOME) == "x"


def test_an_unknown_key_is_named_and_a_wrong_one_tells_nothing() -> None:
    sealed = VAULT.seal("the secret", **HOME)
    with pytest.raises(VaultError, match="k2 is missing"):
        Vault.parse(f"k1:{KEY_1}").open(sealed, **HOME)
    with pytest.raises(VaultError, match="encryption key k2") as caught:
        Vault.parse(f"k2:{KEY_1}").open(sealed, **HOME)
    assert "secret" in str(caught.value)
    assert all(text not in str(caught.value) for text in (KEY_1, KEY_2, "the secret"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ENCRYPTION_KEY"),
        (" , ", "ENCRYPTION_KEY"),
        (key(24, 0), "k1 has 24 bytes"),
        (f"k9:{key(16, 0)}", "k9 has 16 bytes"),
        ("k3:not base64!", "k3 is not base64"),
        (f"k1:{KEY_1},k1:{KEY_2}", "two encryption keys k1"),
        (f"{KEY_1},{KEY_2}", "two encryption keys k1"),
        (f"a.b:{KEY_1}", "not a key id"),
        (f":{KEY_1}", "not a key id"),
    ],
)
def test_wrong_keys_are_one_clear_line(text: str, says: str) -> None:
    with pytest.raises(VaultError, match=says) as caught:
        Vault.parse(text)
    assert "\n" not in str(caught.value)
    assert all(key not in str(caught.value) for key in (KEY_1, KEY_2))


@pytest.mark.parametrize(
    "change", [str, lambda key: key.rstrip("="), lambda key: key.replace("+", "-").replace("/", "_")]
)
def test_both_alphabets_of_base64_are_read(change: Any) -> None:
    sealed = VAULT.seal("x", **HOME)
    assert Vault.parse(f" k2:{change(KEY_2)} ").open(sealed, **HOME) == "x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v1",
        "v2.k1.AAAA.AAAA",
        "v1.k1.AAAA",
        "plain text",
        "v1.k1..",
        "v1.k2.AAAA.AAAA",
        "v1.k2.AAAABBBBCCCCDDDD.AAAA",
        "v1.k2.é.é",
    ],
)
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(VaultError):
        VAULT.open(text, **HOME)
