"""Which URLs and headers a call may carry. Pure: reads them, or raises `ActionFailed` before anything is looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from yarl import URL

from treadle.runtime.net.addresses import DEFAULT_PORTS, Address, AllowList, read_host
from treadle.sdk.failures import ActionFailed

MAX_URL = 8_000
"""Characters. nginx and Apache refuse a request line above 8 KB."""

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_DOT_SEGMENT = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = ("connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding")
_OURS = frozenset((*_FRAMING, "accept-encoding", "proxy-authorization", "proxy-connection", "upgrade"))


class Target(msgspec.Struct, frozen=True):
    """A URL that was read once and for all; the connection is made from this object, never from the text again.

    `at` is host and port as text, in one spelling.
    """

    url: URL
    host: Address | str
    port: int
    secure: bool
    at: str

    @property
    def origin(self) -> tuple[bool, str]:
        """What must be equal for two URLs to be the same server."""
        return self.secure, self.at

    @property
    def name(self) -> str:
        """The host for a message to a person; never the path or the query, which may hold secrets."""
        return self.at.rpartition(":")[0] if self.port in DEFAULT_PORTS else self.at


@lru_cache(maxsize=512)
def read_target(text: str) -> Target:
    """Read an absolute `http` or `https` URL. Raises `ActionFailed` (`bad_url`)."""
    if len(text) > MAX_URL:
        raise bad_url(f"the URL is longer than {MAX_URL} characters")
    if _FORBIDDEN.search(text):
        raise bad_url("the URL holds a space, a backslash or a control character; quote it as %20, %5C")
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        raise bad_url("the URL cannot be read") from None
    if url.scheme not in ("http", "https"):
        raise bad_url("a URL starts with https:// or http://")
    if url.raw_user is not None or url.raw_password is not None or "@" in url.raw_authority:
        raise bad_url("a URL must not carry a user name or a password; use a connection")
    if not url.raw_host or not port:
        raise bad_url("the URL has no host or no port")
    return _target(url.with_fragment(None), url.raw_host, port)


def _target(url: URL, spelled: str, port: int) -> Target:
    try:
        host = read_host(spelled)
    except ValueError as error:
        raise ActionFailed(f"the host of the URL is refused: {error}", code="address_refused") from None
    plain = str(host)
    at = f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"
    return Target(url if spelled == plain else url.with_host(plain), host, port, url.scheme == "https", at)


def check_literal(target: Target, allow: AllowList) -> None:
    """Refuse a URL whose host is an address that must not be reached; names are checked when they are resolved."""
    if isinstance(target.host, str):
        return
    if why := allow.why_refused(target.host, target.port):
        raise ActionFailed(f"the call was not made: {why}", code="address_refused")


def absolute(url: str, base_url: str | None) -> str:
    """`url` itself when it is absolute, else a path (starting with `/`) after the whole of `base_url`.

    Raises `ActionFailed` (`bad_url`) for a path without a base, and for `.` and `..` in a path: an argument that came
    from outside must not climb to another part of the service.
    """
    if url[:8].lower().startswith(("http://", "https://")):
        return url
    if not url.startswith("/"):
        raise bad_url("a URL starts with https://, http:// or, for a path of the connection, /")
    if not base_url:
        raise bad_url("a path needs a connection with a base_url; write the whole URL")
    if _DOT_SEGMENT.search(url.partition("?")[0]):
        raise bad_url("a path must not hold . or .. as a part")
    return base_url.rstrip("/") + url


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse header names and values that would break the request in two, or that this client sets itself.

    Raises `ActionFailed` (`bad_header`); the message names the header, never its value.
    """
    for name, value in headers.items():
        _check_name(name)
        if _BAD_VALUE.search(value):
            raise ActionFailed(f"the value of the header {name} holds a control character", code="bad_header")


@lru_cache(maxsize=512)
def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ActionFailed(f"{name[:60]!r} is not a header name", code="bad_header")
    if name.lower() in _OURS:
        raise ActionFailed(f"the header {name} is set by the platform", code="bad_header")


def bad_url(message: str) -> ActionFailed:
    """The failure for a URL that makes no sense."""
    return ActionFailed(message, code="bad_url")
