"""The zip that a workspace travels in: the same bytes for the same content, and read with suspicion. Pure.

Nothing is ever unpacked to a disk. What a header says of sizes is believed only to refuse, since reading stops there.
"""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from typing import Any, Literal, TypeVar

import msgspec

from treadle.runtime.drafts.paths import PathInvalid, checked
from treadle.runtime.drafts.working import MOST_FILES, TextInvalid, checked_text

MOST_BYTES = 64 * 1024 * 1024
"""Of all that is in an archive, unpacked."""
MOST_RATIO = 200
"""How many bytes one of the archive may unpack to, in what is larger than `RATIO_FROM`."""
RATIO_FROM = 1024 * 1024
FORMAT = 1
RULES, HEAD, CONNECTIONS, SWITCHES = "rules/", "treadle.json", "connections.json", "switches.json"

_WHEN = (1980, 1, 1, 0, 0, 0)
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
T = TypeVar("T")


class ArchiveInvalid(Exception):
    """No archive that can be taken. One sentence that says why."""


class PortableConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection without its secrets, its hook and what its account holds."""

    name: str
    plugin: str
    kind: str
    settings: dict[str, Any]
    is_default: bool = False


class Archive(msgspec.Struct, frozen=True):
    """What travels: texts by path, connections, and what rules are switched to, by name."""

    files: dict[str, str]
    connections: list[PortableConnection] = []
    switches: dict[str, Literal["off", "rehearse"]] = {}


class Head(msgspec.Struct, frozen=True):
    """What kind of archive it is."""

    format: int


def pack(archive: Archive) -> bytes:
    """The zip. Raises `ArchiveInvalid` for more than an archive may hold."""
    connections = sorted(archive.connections, key=lambda each: each.name)
    parts = {HEAD: _json(Head(FORMAT)), CONNECTIONS: _json(connections), SWITCHES: _json(archive.switches)}
    parts |= {RULES + path: text.encode() for path, text in archive.files.items()}
    if sum(map(len, parts.values())) > MOST_BYTES:
        raise ArchiveInvalid(f"The workspace holds more than the {MOST_BYTES // 1024**2} MB that one archive may.")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in sorted(parts):
            about = zipfile.ZipInfo(name, _WHEN)
            about.create_system, about.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            made.writestr(about, parts[name], zipfile.ZIP_DEFLATED, 6)
    return packed.getvalue()


def unpack(packed: bytes) -> Archive:
    """What a zip holds. Raises `ArchiveInvalid`."""
    try:
        with zipfile.ZipFile(BytesIO(packed)) as archive:
            parts = _parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as broken:
        raise ArchiveInvalid("This is no zip archive, or a damaged one.") from broken
    head = _read(parts, HEAD, Head, Head(0))
    if head.format != FORMAT:
        raise ArchiveInvalid(f"This is no archive of a workspace in format {FORMAT}; {HEAD} says which it is.")
    files = {name.removeprefix(RULES): _text(name, data) for name, data in parts.items() if name.startswith(RULES)}
    connections: list[PortableConnection] = _read(parts, CONNECTIONS, list[PortableConnection], [])
    switches: dict[str, Literal["off", "rehearse"]] = _read(parts, SWITCHES, dict[str, Literal["off", "rehearse"]], {})
    return Archive(files, connections, switches)


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [each for each in archive.infolist() if not each.is_dir()]
    if len(entries) > MOST_FILES + 3:
        raise ArchiveInvalid(f"The archive holds {len(entries):,} files; {MOST_FILES:,} rule files are the most.")
    if sum(each.file_size for each in entries) > MOST_BYTES:
        raise ArchiveInvalid(f"Unpacked, the archive would hold more than {MOST_BYTES // 1024**2} MB.")
    names = [each.filename for each in entries]
    if len(set(names)) != len(names):
        raise ArchiveInvalid("The archive holds two files of one name.")
    for entry in entries:
        _check(entry)
    return {each.filename: archive.read(each) for each in entries}


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(RULES):
        try:
            checked(name.removeprefix(RULES))
        except PathInvalid as invalid:
            raise ArchiveInvalid(str(invalid)) from None
    elif name not in (HEAD, CONNECTIONS, SWITCHES):
        raise ArchiveInvalid(f"{name[:80]!r} is no part of a workspace.")
    if entry.flag_bits & 1 or entry.compress_type not in _PACKED:
        raise ArchiveInvalid(f"{name} is encrypted, or packed in a way that is not read here.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ArchiveInvalid(f"{name} is a link.")
    if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise ArchiveInvalid(f"{name} would unpack to more than {MOST_RATIO} times its size.")


def _text(name: str, data: bytes) -> str:
    try:
        return checked_text(data.decode("utf-8"))
    except UnicodeDecodeError as failure:
        raise ArchiveInvalid(f"{name}: byte {failure.start} is not UTF-8.") from None
    except TextInvalid as invalid:
        raise ArchiveInvalid(f"{name}: {invalid}") from None


def _read(parts: dict[str, bytes], name: str, type: Any, default: T) -> T:
    if name not in parts:
        return default
    try:
        return msgspec.json.decode(parts[name], type=type)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ArchiveInvalid(f"{name} is not what an archive of a workspace has there.") from None


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"
