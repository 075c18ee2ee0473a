"""`/files`: rule files as they are edited. A write is a draft; `/publications` makes drafts live."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from treadle.api.etags import IfMatch, IfNoneMatch, quoted, wants
from treadle.api.routes.language import CODES, asking
from treadle.api.translating import told
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.services import files
from treadle.runtime.services.files import RuleFile, Text, Working

RULE = 'rule "Greet"\n  when by hand\n  do\n    log "Hello"\n'
Base = Annotated[str | None, msgspec.Meta(description="ETag of the published file that the text takes in.")]


class NewText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a rule file. A draft goes out from the published file that was there when it was begun; whoever has
    taken a later one in says so with `base`.
    """

    text: Annotated[str, msgspec.Meta(max_length=5_000_000, examples=[RULE])]
    base: Base = None


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file is called, and what it is to be called. Folders are parts of paths and need not be made."""

    path: Annotated[str, msgspec.Meta(examples=["sales/new.rule"])]
    to: Annotated[str, msgspec.Meta(examples=["sales/first.rule"])]


@get("/", summary="The working set", codes=CODES)
async def list_files(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    check: Annotated[bool, QueryParameter(description="Also say how many errors and warnings each file has.")] = False,  # noqa: FBT002 - a query parameter
) -> Response[Working]:
    """Every rule file by path: the live ones, overlaid by drafts, with what became of each since the last publication.
    The ETag of the answer is the revision of the whole set.
    """
    async with asking():
        found = await files.listed(engine, who, check=check)
    return Response(found, headers=quoted(found.revision))


@get("/{path:path}", summary="One rule file", codes=("file_unknown", "path_invalid"))
async def read_file(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], path: FromPath[str]
) -> Response[Text]:
    """The text as it is being edited, with its ETag."""
    with told():
        found = await files.read(engine, who, _named(path))
    return Response(found, headers=quoted(found.file.etag))


@put("/{path:path}", summary="Write a draft", codes=("path_invalid", "text_invalid", "changed_meanwhile"))
async def write_file(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    path: FromPath[str],
    data: JSONBody[NewText],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response[RuleFile]:
    """Keep the text; nothing goes live. With `If-Match` only over the version that was read, with `If-None-Match: *`
    only where there is no file; else 412, which names the version that is there.
    """
    with told():
        found = await files.written(engine, who, _named(path), data.text, wants(if_match, if_none_match), data.base)
    return Response(found, headers=quoted(found.etag))


@delete(
    "/{path:path}",
    summary="Delete a file, or its draft",
    codes=("file_unknown", "path_invalid", "changed_meanwhile"),
)
async def delete_file(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    path: FromPath[str],
    discard: Annotated[bool, QueryParameter(description="Throw the draft away; the live file stays.")] = False,  # noqa: FBT002 - a query parameter
    if_match: IfMatch = None,
) -> None:
    """Take the file out of the working set; what is live stays live until the set is published."""
    with told():
        await files.deleted(engine, who, _named(path), wants(if_match), discard=discard)


@post(
    "/move",
    status_code=200,
    summary="Move or rename a file",
    codes=("file_unknown", "path_invalid", "text_invalid", "changed_meanwhile"),
)
async def move_file(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[Move], if_match: IfMatch = None
) -> Response[RuleFile]:
    """Call a file otherwise, in one step. A name that is taken answers 412."""
    with told():
        found = await files.moved(engine, who, data.path, data.to, wants(if_match))
    return Response(found, headers=quoted(found.etag))


def _named(path: str) -> str:
    """Litestar gives the rest of an address with the slash before it."""
    return path.removeprefix("/")


router = Router("/files", route_handlers=[list_files, read_file, write_file, delete_file, move_file], tags=["Files"])
