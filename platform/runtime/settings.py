"""What the environment asks for. The one place that reads environment variables; it opens nothing and connects to
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import msgspec

Environment = Literal["dev", "production"]


class SettingsError(Exception):
    """A setting has a value that cannot be used. One line for the person who set it, without the value of a secret."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is set from outside; every field has a default that works on one machine.

    `home` is an absolute path. `encryption_keys` and `allow_hosts` are the texts as given; the vault and the guarded
    client read them. `port` 0 asks for any free port. `public_url` is the address under which
    browsers and services reach us.

    `proxies` are the networks whose word about a client's address counts, `most_requests` is what one key or person may
    ask of the API in a second (0: without end). `open_metrics` gives the figures of `/metrics` to anybody.
    """

    home: Path
    database_url: str | None = None
    redis_url: str | None = None
    queue_name: str = "agent-jobs"
    job_concurrency: int = 5
    encryption_keys: str | None = None
    sentry_dsn: str | None = None
    allow_hosts: str = ""
    url: str | None = None
    key: str | None = None
    workspace: str | None = None
    env: Environment = "dev"
    port: int | None = None
    proxies: str = ""
    most_requests: int = 200
    retention_days: int = 30
    most_runs_of_rule: int = 100_000
    most_runs_of_key: int = 1_000
    language_processes: int = 1
    public_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_label: str = "Single sign-on"
    open_metrics: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str], *, home: Path | None = None, **overrides: Any) -> Settings:
        """The settings of an environment. `home` beats TREADLE_HOME, `overrides` (fields by name) beat everything.

        An empty value counts as not set. Raises `SettingsError`.
        """
        given = {name: value.strip() for name, value in environ.items() if name in _NAMES and value.strip()}
        fields: dict[str, Any] = {
            "home": (home or Path(given.get("TREADLE_HOME", ".treadle"))).expanduser().absolute(),
            "database_url": _url(given, "DATABASE_URL", ("postgresql", "postgres")),
            "redis_url": _url(given, "REDIS_URL", ("redis", "rediss", "unix")),
            "queue_name": given.get("JOB_QUEUE_NAME", "agent-jobs"),
            "job_concurrency": _whole(given, "JOB_CONCURRENCY", 1, 1000) or 5,
            "encryption_keys": _encryption_keys(given),
            "sentry_dsn": _url(given, "SENTRY_DSN", ("https", "http")),
            "allow_hosts": given.get("TREADLE_ALLOW_HOSTS", ""),
            "url": _url(given, "TREADLE_URL", ("https", "http")),
            "key": given.get("TREADLE_KEY"),
            "workspace": given.get("TREADLE_WORKSPACE"),
            "env": _environment(given),
            "port": _whole(given, "PORT", 0, 65535),
            "proxies": _networks(given, "TREADLE_PROXIES"),
            "most_requests": 200 if (most := _whole(given, "TREADLE_MOST_REQUESTS", 0, 1_000_000)) is None else most,
            "retention_days": _whole(given, "TREADLE_RETENTION_DAYS", 1, 36500) or 30,
            "most_runs_of_rule": _whole(given, "TREADLE_MOST_RUNS_OF_RULE", 1, 99_999_999) or 100_000,
            "most_runs_of_key": _whole(given, "TREADLE_MOST_RUNS_OF_KEY", 1, 99_999_999) or 1_000,
            **_openid(given),
            "public_url": _url(given, "TREADLE_PUBLIC_URL", ("https", "http")),
            "open_metrics": _open(given, "TREADLE_METRICS"),
            "language_processes": _whole(given, "TREADLE_LANGUAGE_PROCESSES", 1, 64) or 1,
        }
        return cls(**(fields | overrides))

    def shown(self) -> list[tuple[str, str]]:
        """Each variable with its value, or with "set" or "not set" where a value may hold a secret."""
        return [
            (name, _shown(getattr(self, field), secret=secret)) for name, (field, secret) in _NAMES.items() if field
        ]

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown())})"


_NAMES: dict[str, tuple[str, bool]] = {
    "TREADLE_HOME": ("home", False),
    "DATABASE_URL": ("database_url", True),
    "REDIS_URL": ("redis_url", True),
    "JOB_QUEUE_NAME": ("queue_name", False),
    "JOB_CONCURRENCY": ("job_concurrency", False),
    "ENCRYPTION_KEYS": ("encryption_keys", True),
    "ENCRYPTION_KEY": ("", True),
    "SENTRY_DSN": ("sentry_dsn", True),
    "TREADLE_ALLOW_HOSTS": ("allow_hosts", False),
    "TREADLE_URL": ("url", False),
    "TREADLE_KEY": ("key", True),
    "TREADLE_WORKSPACE": ("workspace", False),
    "TREADLE_ENV": ("env", False),
    "PORT": ("port", False),
    "TREADLE_PROXIES": ("proxies", False),
    "TREADLE_MOST_REQUESTS": ("most_requests", False),
    "TREADLE_RETENTION_DAYS": ("retention_days", False),
    "TREADLE_MOST_RUNS_OF_RULE": ("most_runs_of_rule", False),
    "TREADLE_MOST_RUNS_OF_KEY": ("most_runs_of_key", False),
    "TREADLE_LANGUAGE_PROCESSES": ("language_processes", False),
    "TREADLE_PUBLIC_URL": ("public_url", False),
    "TREADLE_OIDC_ISSUER": ("oidc_issuer", False),
    "TREADLE_OIDC_CLIENT_ID": ("oidc_client_id", False),
    "TREADLE_OIDC_CLIENT_SECRET": ("oidc_client_secret", True),
    "TREADLE_OIDC_LABEL": ("oidc_label", False),
    "TREADLE_METRICS": ("open_metrics", False),
}


def _openid(given: Mapping[str, str]) -> dict[str, Any]:
    names = ("TREADLE_OIDC_ISSUER", "TREADLE_OIDC_CLIENT_ID", "TREADLE_OIDC_CLIENT_SECRET")
    missing = [name for name in names if name not in given]
    if missing and len(missing) < len(names):
        raise SettingsError(f"{missing[0]} is not set, and is needed with {' and '.join(set(names) - set(missing))}.")
    return {
        "oidc_issuer": _url(given, names[0], ("https", "http")),
        "oidc_client_id": given.get(names[1]),
        "oidc_client_secret": given.get(names[2]),
        "oidc_label": given.get("TREADLE_OIDC_LABEL", "Single sign-on"),
    }


def _shown(value: object, *, secret: bool) -> str:
    if value is None or value == "":
        return "not set"
    return "set" if secret else str(value)


def _url(given: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        raise SettingsError(f"{name} is not an address that begins with {' or '.join(f'{s}://' for s in schemes)}.")
    return text


def _whole(given: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not low <= value <= high:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from {low} to {high}.")
    return value


def _open(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "key")
    if text not in ("open", "key"):
        raise SettingsError(f"{name} is {text!r}; it must be open, or key as without it.")
    return text == "open"


def _networks(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "")
    try:
        for each in text.split(",") if text else ():
            ip_network(each.strip(), strict=False)
    except ValueError:
        raise SettingsError(f"{name} must be addresses or networks with commas between, as 10.0.0.0/8.") from None
    return text


def _encryption_keys(given: Mapping[str, str]) -> str | None:
    one, several = given.get("ENCRYPTION_KEY"), given.get("ENCRYPTION_KEYS")
    if one and several:
        raise SettingsError("ENCRYPTION_KEY and ENCRYPTION_KEYS are both set; keep one of them.")
    return several or one


def _environment(given: Mapping[str, str]) -> Environment:
    text = given.get("TREADLE_ENV", "dev")
    if text not in ("dev", "production"):
        raise SettingsError(f"TREADLE_ENV is {text!r}; it must be dev or production.")
    return cast(Environment, text)
