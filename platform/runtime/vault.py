"""Sealing credentials at rest with AES-256-GCM. Owns the text form, the keys and their errors; not where texts lie.

A sealed text is `v1.<kid>.<nonce>.<ciphertext and tag>`, the last two in base64url without padding. What it belongs to
(workspace, connection, field) is authenticated with it, so that a text moved to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
"""Random for each text: 2^31 texts under one key keep the chance of a repeated nonce below 2^-32."""

_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class VaultError(Exception):
    """Keys or a sealed text are not usable. The message names the kid, never a key or a secret."""


def new_key() -> str:
    """A fresh key as `ENCRYPTION_KEY` takes it: 32 random bytes in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


class Vault:
    """Seals with the first of its keys and opens with any of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise VaultError("there is no encryption key; set ENCRYPTION_KEY to 32 random bytes in base64")
        for kid, key in keys.items():
            if not _KID.fullmatch(kid):
                raise VaultError(f"{kid[:32]!r} is not a key id; use letters, digits, - and _")
            if len(key) != KEY_BYTES:
                raise VaultError(f"the encryption key {kid} has {len(key)} bytes, it needs {KEY_BYTES}")
        self._ciphers = {kid: AESGCM(key) for kid, key in keys.items()}
        self.kid = next(iter(keys))
        """The id of the key that seals."""

    @classmethod
    def parse(cls, text: str) -> Vault:
        """Read `ENCRYPTION_KEYS` (`k2:base64,k1:base64`) or `ENCRYPTION_KEY` (one key alone, which is `k1`).

        Raises `VaultError`.
        """
        return cls(keys_of(text))

    def seal(self, secret: str, *, workspace_id: object, connection_id: object, field: str) -> str:
        """The sealed text of `secret`, different each time. Raises `ValueError` for an owner that holds a `|`."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound(workspace_id, connection_id, field)
        return ".".join((VERSION, self.kid, _text(nonce), _text(self._encrypt(nonce, secret, bound))))

    def open(self, sealed: str, *, workspace_id: object, connection_id: object, field: str) -> str:
        """The secret. Raises `VaultError` for an unknown key, and for a text that was changed, moved or sealed with
        another key of the same id.
        """
        kid, nonce, ciphertext = _read(sealed)
        cipher = self._ciphers.get(kid)
        if cipher is None:
            raise VaultError(f"the encryption key {kid} is missing; add it to ENCRYPTION_KEYS")
        try:
            plain = cipher.decrypt(nonce, ciphertext, _bound(workspace_id, connection_id, field))
        except InvalidTag:
            raise VaultError(
                f"a secret does not open with the encryption key {kid}: the key is another one, or the stored text was "
                "changed or moved"
            ) from None
        return plain.decode()

    def _encrypt(self, nonce: bytes, secret: str, bound: bytes) -> bytes:
        return self._ciphers[self.kid].encrypt(nonce, secret.encode(), bound)


def keys_of(text: str) -> dict[str, bytes]:
    """The keys by their ids, in order. Raises `VaultError` for what is no key."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        kid, colon, encoded = entry.rpartition(":")
        kid = kid if colon else "k1"
        if kid in keys:
            raise VaultError(f"there are two encryption keys {kid}; write kid:key, each kid once")
        keys[kid] = _key(kid, encoded)
    return keys


def kid_of(sealed: str) -> str:
    """The id of the key that sealed it; a rotation seals again what is not on the first key. Raises `VaultError`."""
    return _read(sealed)[0]


def _bound(workspace_id: object, connection_id: object, field: str) -> bytes:
    parts = (str(workspace_id), str(connection_id), field)
    if any("|" in part for part in parts):
        raise ValueError("a workspace, a connection or a field must not hold |")
    return "|".join((*parts, VERSION)).encode()


def _read(sealed: str) -> tuple[str, bytes, bytes]:
    version, _, rest = sealed.partition(".")
    parts = rest.split(".")
    if version != VERSION or len(parts) != 3 or not _KID.fullmatch(parts[0]):
        raise VaultError("a stored secret is not in a form that this version reads")
    nonce, ciphertext = _bytes(parts[1]), _bytes(parts[2])
    if len(nonce) != NONCE_BYTES:
        raise VaultError("a stored secret is damaged: its nonce has a wrong length")
    return parts[0], nonce, ciphertext


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Strict: the one spelling that `_text` gives, as base64 has spare bits that would let a text change unnoticed."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or _text(data) != text:
        raise VaultError("a stored secret is damaged: it is not base64url")
    return data


def _key(kid: str, encoded: str) -> bytes:
    standard = encoded.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise VaultError(f"the encryption key {kid[:32]} is not base64") from None
