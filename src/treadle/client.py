"""A client of Treadle's HTTP API, for programs: `Treadle("https://rules.example", key).runs(rule="Thank for orders")`.

Owns the wire: keys, problems as exceptions, lists as iterators, and what may be sent again. What the answers hold is
told by the API's document; they are plain data here, with numbers exact.

A request is sent again while the platform says 503 or 429 or cannot be reached. That is safe for every one: reads ask
twice for the same, and each POST carries an `Idempotency-Key`, so that it is done once however often it arrives.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from treadle.dsl.values import decode, encode

BASE = "/api/v1"
TIMEOUT = 30.0
"""Seconds for one request."""
TRIES = 5
LONGEST_PAUSE = 30.0
AGAIN = frozenset({429, 503})


class Problem(Exception):
    """The platform said no. `code` never changes for one reason; `document` is all that was said (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(document.get("detail") or f"The platform answered {status}.")
        self.status = status
        self.code: str = document.get("code", "unexpected")
        self.document = document


class Unreachable(Exception):
    """The platform could not be reached, or was not heard of in time, however often it was asked."""


class Call:
    """One request, and whether it is sent again. The command line, whose client is an async one, uses it too.

    Raises `ValueError` for a path with a query in it, which would be lost on the way: `query` holds that.
    """

    def __init__(
        self, method: str, path: str, query: Mapping[str, Any], body: Any = None, headers: Mapping[str, str] = {}
    ) -> None:
        if "?" in path or "#" in path:
            raise ValueError(f"the path {path!r} holds ? or #; give the query by name, and quote a ? of a name as %3F")
        self.method, self.path = method, f"{BASE}{path}"
        self.params = {name: _plain(value) for name, value in query.items() if value is not None}
        self.content = None if body is None and method in ("GET", "DELETE") else encode(body)
        self.headers = dict(headers)
        if self.content is not None:
            self.headers["content-type"] = "application/json"
        if method == "POST":
            self.headers.setdefault("idempotency-key", str(uuid4()))
        self._tries = 0

    @property
    def asked(self) -> dict[str, Any]:
        """What httpx takes."""
        return {
            "method": self.method, "url": self.path, "params": self.params,
            "content": self.content, "headers": self.headers,
        }  # fmt: skip

    def pause(self, answer: httpx.Response | None) -> float | None:
        """Seconds until the request goes out once more; None when it is over. `answer` is None where none came."""
        self._tries += 1
        if self._tries >= TRIES or (answer is not None and answer.status_code not in AGAIN and not _at_work(answer)):
            return None
        said = answer.headers.get("retry-after", "") if answer is not None else ""
        return min(float(said) if said.isdigit() else 0.25 * 2**self._tries, LONGEST_PAUSE)


def read(answer: httpx.Response) -> Any:
    """The answer as plain data, None for an empty one. Raises `Problem`."""
    if answer.is_success:
        return decode(answer.content) if answer.content else None
    raise Problem(answer.status_code, _document(answer))


class Treadle:
    """A client with the key of a program. Close it, or use it in a `with` block. Methods raise `Problem` and
    `Unreachable`.
    """

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """`url` is the base address, such as `http://127.0.0.1:8080`."""
        headers = {"authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, transport=transport)

    def __enter__(self) -> Treadle:
        """As it is."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closed."""
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    # --- any operation ----------------------------------------------------------------------------------------------

    def request(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] = {}, **query: Any
    ) -> Any:
        """Any operation of the document; `path` is what follows `/api/v1`."""
        call = Call(method, path, query, body, headers)
        while True:
            try:
                answer, failure = self._http.request(**call.asked), None
            except httpx.TransportError as error:
                answer, failure = None, error
            pause = call.pause(answer)
            if pause is not None:
                time.sleep(pause)
            elif answer is None:
                raise Unreachable(f"{self._http.base_url} cannot be reached: {failure}") from failure
            else:
                return read(answer)

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        """Do; `key` is an `Idempotency-Key` of the caller's own, which also holds over a restart of the caller."""
        return self.request("POST", path, body, headers={"idempotency-key": key} if key else {}, **query)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page, as far as the caller reads."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    # --- what programs do most --------------------------------------------------------------------------------------

    def put_event(self, trigger: str, data: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Put an event in; the receipt, after the commit."""
        return self.post("/events", {"trigger": trigger, "data": data}, key=key)  # type: ignore[no-any-return]

    def start(self, rule: str, *, key: str | None = None, **args: Any) -> str:
        """Start a rule that is `by hand`; the id of its run."""
        return self.post("/runs", {"rule": rule, "args": args}, key=key)["run"]  # type: ignore[no-any-return]

    def runs(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Runs, newest first: `rule`, `status`, `key`, `entity`, `since`, `until`."""
        return self.pages("/runs", **query)

    def run(self, id: str) -> dict[str, Any]:
        """One run, step by step."""
        return self.get(f"/runs/{_part(id)}")  # type: ignore[no-any-return]

    def events(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Events, newest first: `trigger`, `entity`, `outcome`, `since`, `until`."""
        return self.pages("/events", **query)

    def event(self, id: str) -> dict[str, Any]:
        """One event and what became of it."""
        return self.get(f"/events/{_part(id)}")  # type: ignore[no-any-return]

    def rules(self) -> Iterator[dict[str, Any]]:
        """The live rules."""
        return self.pages("/rules")

    def approvals(self, **query: Any) -> Iterator[dict[str, Any]]:
        """Questions to people."""
        return self.pages("/approvals", **query)

    def connections(self) -> Iterator[dict[str, Any]]:
        """Accounts of outside services."""
        return self.pages("/connections")

    def publish(self, files: Mapping[str, str], *, policy: str = "stay", preview: bool = False) -> dict[str, Any]:
        """Make rule files the live ones, or with `preview` only see what that would do."""
        body = {"files": files, "policy": policy}
        return self.post("/publications", body, preview=preview)  # type: ignore[no-any-return]


def _part(text: str) -> str:
    return quote(text, safe="")


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at_work(answer: httpx.Response) -> bool:
    """The first try with this key was not over yet."""
    return answer.status_code == 409 and _document(answer).get("code") == "idempotency_running"


def _document(answer: httpx.Response) -> dict[str, Any]:
    if "json" not in answer.headers.get("content-type", ""):
        return {}
    try:
        found = decode(answer.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
