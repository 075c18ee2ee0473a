"""What an import would do, decided before anything is done. Pure.

Files become drafts, and none goes away. A connection is never made here, because its secrets do not travel; a switch is
set where the rule has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from treadle.runtime.drafts.working import etag
from treadle.runtime.portable.archive import Archive, PortableConnection

Meets = Literal["new", "same", "differs"]
"""What an arriving thing meets: nothing of its name, the same, or another."""


class ArrivingFile(msgspec.Struct, frozen=True):
    """A file of the archive against the working set. `etag` is that of the one that is there."""

    path: str
    meets: Meets
    etag: str | None


class ArrivingConnection(msgspec.Struct, frozen=True):
    """A connection of the archive. One that is `new` is to be made by hand, with these settings and its secrets."""

    name: str
    plugin: str
    meets: Meets
    settings: dict[str, Any]


class ArrivingSwitch(msgspec.Struct, frozen=True):
    """A switched rule of the archive."""

    rule: str
    to: Literal["off", "rehearse"]
    meets: Meets


class Plan(msgspec.Struct, frozen=True):
    """What an archive brings. `done` is false for a preview."""

    files: list[ArrivingFile]
    connections: list[ArrivingConnection]
    switches: list[ArrivingSwitch]
    done: bool = False

    @property
    def overwrites(self) -> list[str]:
        """What would be replaced by something else."""
        files = [each.path for each in self.files if each.meets == "differs"]
        return files + [f'the switch of "{each.rule}"' for each in self.switches if each.meets == "differs"]


def plan(
    archive: Archive,
    files: Mapping[str, str],
    connections: Iterable[PortableConnection],
    switches: Mapping[str, str],
) -> Plan:
    """`files` are the ETags of the working set by path."""
    here = {each.name: each for each in connections}
    return Plan(
        [
            ArrivingFile(path, _meets(files.get(path), etag(text)), files.get(path))
            for path, text in sorted(archive.files.items())
        ],
        [_connection(each, here.get(each.name)) for each in archive.connections],
        [ArrivingSwitch(rule, to, _meets(switches.get(rule), to)) for rule, to in sorted(archive.switches.items())],
    )


def _meets(here: str | None, arriving: str) -> Meets:
    return "new" if here is None else "same" if here == arriving else "differs"


def _connection(arriving: PortableConnection, here: PortableConnection | None) -> ArrivingConnection:
    meets: Meets = "new" if here is None else "same" if here == arriving else "differs"
    return ArrivingConnection(arriving.name, arriving.plugin, meets, arriving.settings)
