"""`/publications` and `/versions`, looking back: what was live, what changed, and going back."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit
from treadle.api.problems import Refused
from treadle.api.routes.publications import Comment, Published, answered
from treadle.api.translating import told
from treadle.runtime.access import Principal
from treadle.runtime.drafts.comparing import Difference
from treadle.runtime.drafts.history import Made, Version
from treadle.runtime.engine import Engine, Policy
from treadle.runtime.services import versions
from treadle.runtime.services.versions import Held, OldText


class PublicationPage(Page[Made], frozen=True):
    """Publications."""


class VersionPage(Page[Version], frozen=True):
    """Publications that changed a file."""


class Rollback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of runs that are on another version, as with `POST /publications`, and why it is done."""

    policy: Policy = "stay"
    comment: Comment = None


@get("/publications", summary="What was live when")
async def list_publications(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> PublicationPage:
    """Publications with who made them and why, newest first. One that somebody made is kept for a month at
    least, and each as long as anything of its time is.
    """
    items, after = cut(await versions.listed(engine, who, before(cursor), limit + 1), limit, lambda each: each.id)
    return PublicationPage(items, after)


@get("/publications/{id:uuid}", summary="One publication", codes=("publication_unknown",))
async def read_publication(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], id: FromPath[UUID]
) -> Held:
    """Its files with their ETags. Their texts are at `/publications/{id}/files/{path}`."""
    with told():
        return await versions.held(engine, who, id)


@get(
    "/publications/{id:uuid}/files/{path:path}",
    summary="A file as it was",
    codes=("publication_unknown", "file_unknown", "path_invalid"),
)
async def read_old_file(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], id: FromPath[UUID], path: FromPath[str]
) -> OldText:
    """The text of a file in a publication."""
    with told():
        return await versions.old_text(engine, who, id, path.removeprefix("/"))


@get("/publications/{id:str}/diff", summary="What changed between two sets", codes=("publication_unknown",))
async def diff(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    id: Annotated[str, msgspec.Meta(description="A publication, or `live`.")],
    against: Annotated[
        str, QueryParameter(description="A publication, `live`, `draft` (the working set), or `before`.")
    ] = "live",
) -> Difference:
    """From this publication to the other: which files, in the unified form, and which rules, steps, agents and tables
    were added, removed, changed, moved. What means the same is no change of meaning. `live` against `draft` is what
    publishing would change; `against=before` is what this publication changed.
    """
    with told():
        return await versions.compared(engine, who, None if id == "live" else _id(id), _against(against))


@get("/versions", summary="The versions of a file", codes=("path_invalid",))
async def list_versions(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    file: Annotated[str, QueryParameter(description="The file's path, such as `sales/new.rule`.")],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> VersionPage:
    """The publications that changed it, newest first. Without an `etag` the file was taken away."""
    with told():
        found = await versions.of_file(engine, who, file, before(cursor), limit + 1)
    return VersionPage(*cut(found, limit, lambda each: each.publication))


@post(
    "/publications/{id:uuid}/rollback",
    status_code=201,
    summary="Go back to a publication",
    codes=("publication_unknown", "changed_meanwhile", "rules_have_faults"),
)
async def roll_back(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    id: FromPath[UUID],
    data: JSONBody[Rollback],
    preview: Annotated[bool, QueryParameter(description="Only say who waits where; change nothing.")] = False,  # noqa: FBT002 - a query parameter
) -> Response[Published]:
    """Make its files live again, as a new publication. Drafts stay as they are. Files that do not fit the plugins and
    accounts any more change nothing and answer 422. A preview answers 200.
    """
    with told():
        done = await versions.rolled_back(engine, who, id, data.policy, data.comment, preview=preview)
    return answered(done, preview=preview)


def _against(word: str) -> UUID | Literal["live", "draft", "before"]:
    match word:
        case "live" | "draft" | "before":
            return word
    return _id(word)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("publication_unknown", f"There is no publication {text[:80]!r}.") from None


router = Router(
    "/",
    route_handlers=[list_publications, read_publication, read_old_file, diff, list_versions, roll_back],
    tags=["Files"],
)
