"""Passwords: Argon2id. Owns hashing, and that a wrong, a missing and an unknown password take the same way.

Each look costs some 20 ms of a processor and 46 MiB (OWASP's first choice), so it runs in a thread, two at once.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SHORTEST, LONGEST = 10, 256
"""How many characters a password has."""

_MEMORY = 46 * 1024  # KiB
_THREADS = ThreadPoolExecutor(2, "argon2")


async def hashed(password: str) -> str:
    """What is stored: the PHC text with its parameters and a salt of its own."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hash, password)


async def fits(stored: str | None, given: str) -> bool:
    """Whether a password is the stored one. Without a stored one another is tried in its place: the answer takes as
    long, and is no.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _fits, stored, given)


def _fits(stored: str | None, given: str) -> bool:
    matched = verified(stored or _nobodys(), given)
    return matched and stored is not None


def verified(stored: str, given: str) -> bool:
    """The one comparison that there is."""
    try:
        Argon2id.verify_phc_encoded(given.encode(), stored)
    except InvalidKey:
        return False
    return True


def _hash(password: str) -> str:
    hashing = Argon2id(salt=os.urandom(16), length=32, iterations=1, lanes=1, memory_cost=_MEMORY)
    return hashing.derive_phc_encoded(password.encode())


@cache
def _nobodys() -> str:
    return _hash("nobody has this one")
