"""What a rule file may be called. Pure; owns no files.

A path goes into folders on every system, into zips and into addresses, so it is narrow where those differ.
"""

from __future__ import annotations

import unicodedata

SUFFIX = ".rule"
MOST_BYTES = 500
MOST_FOLDERS = 20
_NOWHERE = '\\:%*?"<>|'  # means something to a shell, an address or a file system somewhere
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


class PathInvalid(Exception):
    """No rule file can be called that. One sentence that says why."""


def checked(path: str) -> str:
    """The path as it is. Raises `PathInvalid`."""
    if problem := _problem(path):
        raise PathInvalid(f"{_shown(path)} cannot be the path of a rule file: {problem}.")
    return path


def _problem(path: str) -> str | None:
    if not path.isprintable():
        return "it holds a character that cannot be shown"
    if len(path.encode()) > MOST_BYTES:
        return f"it is longer than {MOST_BYTES} bytes"
    if path.startswith("/"):
        return "it begins at the root; paths are relative to the workspace"
    if not unicodedata.is_normalized("NFC", path):
        return "its letters are not in their composed form (NFC)"
    if found := next((each for each in path if each in _NOWHERE), None):
        return f"it holds {found}"
    parts = path.split("/")
    if len(parts) > MOST_FOLDERS + 1:
        return f"it lies more than {MOST_FOLDERS} folders deep"
    return next((problem for part in parts if (problem := _problem_of(part))), None) or _of_name(parts[-1])


def _problem_of(part: str) -> str | None:
    if not part:
        return "a folder of it has no name"
    if part.startswith("."):
        return "a part of it begins with a dot"
    if part != part.strip() or part.endswith("."):
        return "a part of it begins or ends with a space, or ends with a dot"
    if part.partition(".")[0].lower() in _DEVICES:
        return f"{part} is the name of a device on some systems"
    return None


def _of_name(name: str) -> str | None:
    return None if name.endswith(SUFFIX) and name != SUFFIX else f"it does not end with {SUFFIX}"


def _shown(path: str) -> str:
    cut = path if len(path) <= 80 else f"{path[:80]}…"
    return repr(cut.encode("utf-8", "backslashreplace").decode())
