"""What an installation for production must not start with. Owns the checks; each finding is one line that says what to
set. The settings are looked at before anything is opened, the database once it answers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from treadle.runtime.settings import Settings, SettingsError
from treadle.runtime.vault import Vault, VaultError, keys_of

WEAK = frozenset({"", "postgres", "password", "secret", "changeme", "change-me", "treadle", "admin", "root", "test"})
"""Passwords that everybody tries first."""
LEAST_VARIETY = 12
"""Different bytes in an encryption key; 32 random ones have fewer than this once in 10^12 installations."""
SAFE = {"fsync": "on", "full_page_writes": "on"}
HOME = frozenset({"localhost", "127.0.0.1", "::1", None})


def require(settings: Settings) -> None:
    """Nothing outside production. Raises `SettingsError` with the first finding."""
    if settings.env == "production":
        first = next(findings(settings, os.environ.get("PYTHONASYNCIODEBUG", "")), None)
        if first is not None:
            raise SettingsError(f"TREADLE_ENV is production: {first}")


async def require_database(settings: Settings, pool: Any) -> None:
    """The same about the server's own settings; `pool` is an open pool of connections."""
    if settings.env != "production":
        return
    async with pool.connection() as connection:
        for name, wanted in SAFE.items():
            cursor = await connection.execute("select current_setting(%s)", [name])
            (found,) = await cursor.fetchone()
            if found != wanted:
                raise SettingsError(
                    f"TREADLE_ENV is production: Postgres runs with {name} = {found}, and a crash would lose what was "
                    f"promised; set it to {wanted}."
                )


def findings(settings: Settings, debug: str) -> Iterator[str]:
    """Everything that is wrong with the settings, most dangerous first."""
    yield from _keys(settings.encryption_keys)
    yield from _database(settings.database_url)
    yield from _address(settings)
    yield from _hosts(settings.allow_hosts)
    if debug not in ("", "0"):
        yield "PYTHONASYNCIODEBUG is set, which tells callers' data in logs; remove it."


def _keys(text: str | None) -> Iterator[str]:
    if text is None:
        yield "ENCRYPTION_KEY is not set; set it to 32 random bytes in base64, and keep a copy elsewhere."
        return
    try:
        Vault.parse(text)
    except VaultError as error:
        yield f"{error}."
        return
    for kid, key in keys_of(text).items():
        if len(set(key)) < LEAST_VARIETY:
            yield f"the encryption key {kid} is not random; make one with `head -c 32 /dev/urandom | base64`."


def _database(url: str | None) -> Iterator[str]:
    if url is None:
        return
    found = urlsplit(url)
    if found.hostname not in HOME and (found.password or "").lower() in WEAK:
        yield "DATABASE_URL has no password, or one that everybody knows; give the database user a random one."


def _address(settings: Settings) -> Iterator[str]:
    if settings.url is None:
        return
    found = urlsplit(settings.url)
    if found.scheme == "http" and found.hostname not in HOME and not settings.proxies:
        yield (
            "TREADLE_URL is an http address, so keys and cookies would cross the network in the clear; "
            "use https, or name the proxy that adds it in TREADLE_PROXIES."
        )


def _hosts(text: str) -> Iterator[str]:
    for each in filter(None, (part.strip() for part in text.split(","))):
        try:
            network = ip_network(each, strict=False)
        except ValueError:
            continue
        if network.prefixlen < 8:
            yield f"TREADLE_ALLOW_HOSTS opens {each}, which is nearly everything; name the hosts that rules need."
