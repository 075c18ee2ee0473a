"""ETags of shared objects: a text that is another as soon as the object is. Owns no checking against them."""

from __future__ import annotations

import hashlib

import msgspec


def tag(seen: object) -> str:
    """The ETag of what a reader saw, without quotes: 32 hex digits."""
    return hashlib.sha256(msgspec.json.encode(seen, order="sorted")).hexdigest()[:32]
