"""`/export` and `/import`: a workspace as one zip."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from treadle.api.translating import told
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.services import portable
from treadle.runtime.services.portable import Plan

ZIP = "application/zip"


class Arriving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bytes of an archive in base64. With `overwrite`, what differs here is replaced."""

    archive: Annotated[bytes, msgspec.Meta(description="A zip from `GET /export`, in base64.")]
    overwrite: bool = False


@get("/export", summary="Take the workspace away", media_type=ZIP, codes=("archive_invalid",))
async def export_workspace(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> Response[bytes]:
    """The working set of rule files, the connections without their secrets, and which rules are switched, as a zip. The
    same content gives the same bytes.
    """
    with told():
        packed = await portable.exported(engine, who)
    headers = {"content-disposition": 'attachment; filename="workspace.zip"'}
    return Response(packed, media_type=ZIP, headers=headers)


@post(
    "/import",
    status_code=200,
    summary="Bring a workspace in",
    media_type=MediaType.JSON,
    codes=("archive_invalid", "would_overwrite", "changed_meanwhile"),
)
async def import_workspace(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    data: JSONBody[Arriving],
    preview: Annotated[bool, QueryParameter(description="Only say what would happen; change nothing.")] = False,  # noqa: FBT002 - a query parameter
) -> Plan:
    """Its files become drafts, all of them or none; nothing goes live and nothing is deleted. Its switches are set, and
    its connections are named: they are made by hand, because secrets do not travel. What differs from what is there
    answers 409, unless it may be overwritten.
    """
    with told():
        return await portable.imported(engine, who, data.archive, preview=preview, overwrite=data.overwrite)


router = Router("/", route_handlers=[export_workspace, import_workspace], tags=["Files"])
