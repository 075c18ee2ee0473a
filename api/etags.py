"""`If-Match` and `If-None-Match` in, `ETag` out."""

from __future__ import annotations

import re
from typing import Annotated

from litestar.params import HeaderParameter

from treadle.api.problems import Refused
from treadle.runtime.drafts.working import Wants

IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="Only when it is in one of these versions; `*` for any."),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="`*`: only when there is no such file."),
]
_LIST = re.compile(r'\s*(?:\*|(?:W/)?"[^"]*"(?:\s*,\s*(?:W/)?"[^"]*")*)\s*')
_TAG = re.compile(r'"([^"]*)"')


def tags(header: str | None) -> tuple[str, ...] | None:
    """The ETags of a header, without quotes; `*` for any. Raises `Refused` (400) for what is no list of them."""
    if header is None:
        return None
    if not _LIST.fullmatch(header):
        raise Refused("bad_request", 'Write ETags in quotes: `"ETAG"`, several with commas, or `*`.')
    return ("*",) if header.strip() == "*" else tuple(_TAG.findall(header))


def wants(if_match: str | None, if_none_match: str | None = None) -> Wants:
    """What both headers ask for. Raises `Refused` (400)."""
    if if_none_match is not None and if_none_match.strip() != "*":
        raise Refused("bad_request", "`If-None-Match` takes `*` alone here.")
    return Wants(tags(if_match), absent=if_none_match is not None)


def quoted(etag: str | None) -> dict[str, str]:
    """The header of an answer that shows this version."""
    return {"etag": f'"{etag}"'} if etag else {}
