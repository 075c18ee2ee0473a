"""What the services about rule files refuse, as problems. One table, which routes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from treadle.api.problems import Refused
from treadle.runtime.drafts.paths import PathInvalid
from treadle.runtime.drafts.working import Stale, TextInvalid
from treadle.runtime.portable.archive import ArchiveInvalid
from treadle.runtime.services.files import FileUnknown
from treadle.runtime.services.portable import Overwrites
from treadle.runtime.services.publications import DraftsOutdated
from treadle.runtime.services.versions import PublicationUnknown
from treadle.runtime.worldrecords import Outrun

CODES: dict[type[Exception], str] = {
    PathInvalid: "path_invalid",
    TextInvalid: "text_invalid",
    FileUnknown: "file_unknown",
    PublicationUnknown: "publication_unknown",
    Stale: "changed_meanwhile",
    Outrun: "changed_meanwhile",
    DraftsOutdated: "draft_outdated",
    ArchiveInvalid: "archive_invalid",
    Overwrites: "would_overwrite",
}


@contextmanager
def told() -> Iterator[None]:
    """While inside, such a refusal becomes its problem; its message is the sentence."""
    try:
        yield
    except tuple(CODES) as failure:
        sentence = str(failure)
        raise Refused(CODES[type(failure)], sentence if sentence.endswith(".") else f"{sentence}.") from None
