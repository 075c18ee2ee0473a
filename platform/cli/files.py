"""Reading what a person names on the command line: rule files, folders of them, JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from treadle.cli.faults import InputFault

SUFFIX = ".rule"
MAX_FILE = 4 * 1024 * 1024
"""Bytes of one rule file; more is refused before it is read."""

paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """The files themselves, and every rule file below the folders, in order and once each. Raises `InputFault`."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(sorted(each for each in path.rglob(f"*{SUFFIX}") if each.is_file()))
        elif path.exists():
            found[path] = None
        else:
            raise click.UsageError(f"There is no file or folder {path}.")
    if not found:
        raise InputFault(f"No rule file (*{SUFFIX}) in {', '.join(map(str, paths))}.")
    return list(found)


def sources(paths: Iterable[Path]) -> dict[str, str]:
    """The texts of rule files by path. Raises `InputFault` when one cannot be read as text."""
    return {path.as_posix(): read_rule(path) for path in rule_files(paths)}


def named(paths: Iterable[Path]) -> dict[str, Path]:
    """Rule files by what the workspace calls them: relative to the folder that was named, or as the file was named.

    Raises `InputFault`, also when two would be called the same.
    """
    found: dict[str, Path] = {}
    for given in paths:
        for path in rule_files([given]):
            name = path.relative_to(given) if given.is_dir() else path.name if _leads_out(path) else path
            if found.setdefault(Path(name).as_posix(), path) != path:
                raise InputFault(f"{found[Path(name).as_posix()]} and {path} would both be {Path(name).as_posix()}.")
    return found


def _leads_out(path: Path) -> bool:
    return path.is_absolute() or ".." in path.parts


def read_rule(path: Path) -> str:
    """One rule file, line ends as they are. Raises `InputFault`."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputFault(f"{path}: a rule file may be {MAX_FILE // 1024 // 1024} MB at most.")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as failure:
        raise InputFault(f"{path}: byte {failure.start} is not UTF-8.") from None
    except OSError as failure:
        raise InputFault(f"{path}: {failure.strerror}.") from None


def read_json(path: Path) -> Any:
    """A JSON file, or standard input for `-`; numbers exact. Raises `InputFault`."""
    import msgspec

    from treadle.dsl.values import decode

    try:
        return decode(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise InputFault(f"{path} is not JSON: {failure}.") from None
    except FileNotFoundError:
        raise click.UsageError(f"There is no file {path}.") from None
    except OSError as failure:
        raise InputFault(f"{path}: {failure.strerror}.") from None


def named_json(given: str) -> tuple[str, Any]:
    """What `NAME=FILE.json` names and what the file holds. Raises `UsageError` for anything else, and `InputFault`."""
    name, equals, path = given.rpartition("=")
    if not equals or not name:
        raise click.UsageError(f"{given!r} is not TRIGGER=EVENT.json.")
    return name, read_json(Path(path))
