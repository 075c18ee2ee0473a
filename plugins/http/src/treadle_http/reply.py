"""What an HTTP action gives back. Owns the reading of an answer's body into text and JSON."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from treadle.sdk import Answer, InDoubt

_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


class Reply(msgspec.Struct, frozen=True):
    """An answer of an HTTP service."""

    status: Annotated[int, msgspec.Meta(description="the status, such as 200")]
    headers: Annotated[dict[str, str], msgspec.Meta(description="the headers, names in lower case")] = {}
    json: Annotated[Any | None, msgspec.Meta(description="the body as JSON; missing when it is none")] = None
    text: Annotated[str, msgspec.Meta(description="the body as text")] = ""


def read(answer: Answer) -> Reply:
    """The answer as a rule sees it. Never fails: a body that is no JSON is text alone."""
    return Reply(answer.status, dict(answer.headers), _json(answer), _text(answer))


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except (InDoubt, RecursionError):
        return None


def _text(answer: Answer) -> str:
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    try:
        return answer.body.decode(named[1] if named else "utf-8", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")
