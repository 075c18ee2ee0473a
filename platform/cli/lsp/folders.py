"""Which rule files belong together, and their texts: what is open in the editor, else what lies on the disk.

A folder with a `catalogue.json`, or else the one that the editor has open, is a project; files below another such
folder are not part of it. A file outside of all is a project of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from treadle.cli.catalogue import NAME, chosen_file, read_accounts
from treadle.cli.faults import InputFault
from treadle.cli.files import SUFFIX, read_rule
from treadle.dsl.catalogue import Account, Catalogue
from treadle.dsl.project import Project

MOST_FILES = 5_000
"""Rule files of one folder that are read."""
MOST_FOLDERS = 20_000
"""Folders below one root that are looked into: an editor may have a whole disk open."""
_PASSED_BY = ("node_modules", "__pycache__")


class Folder:
    """The files of one root, as a project. `root` is None for a file that belongs to no folder."""

    def __init__(self, root: Path | None, catalogue: Catalogue) -> None:
        self.root = root
        self.project = Project(_with_accounts(catalogue, root))
        for path in _rule_files(root) if root is not None else ():
            self.read(path)

    def read(self, path: Path) -> None:
        """Take a file's text from the disk, or take the file out when it cannot be read."""
        try:
            self.project.set(path.as_posix(), read_rule(path))
        except InputFault:
            self.project.remove(path.as_posix())


def _with_accounts(catalogue: Catalogue, root: Path | None) -> Catalogue:
    """The world with what the catalogue file of a folder says."""
    file = chosen_file() or (root / NAME if root else None)
    try:
        accounts: Mapping[str, Account] = read_accounts(file) if file is not None and file.is_file() else {}
    except InputFault:
        accounts = {}  # half written; what is known without it is checked
    return Catalogue(catalogue.plugins, {**catalogue.accounts, **accounts}, catalogue.zone)


class Folders:
    """All projects that are in use. `chosen` is the folder of the command line, which holds all files under it."""

    def __init__(self, catalogue: Catalogue, chosen: Path | None = None) -> None:
        self.catalogue = catalogue
        self._chosen = chosen.resolve() if chosen else None
        self._opened: list[Path] = []
        self._folders: dict[Path | str, Folder] = {}
        self.open: dict[str, str] = {}

    def add(self, root: Path) -> None:
        """The editor has a folder open."""
        self._opened.append(root.resolve())

    def of(self, file: str) -> Folder:
        """The folder that a file, by its path or the name that the editor gives it, belongs to."""
        root = self._root(Path(file)) if os.path.isabs(file) else None
        key = root or file
        if key not in self._folders:
            self._folders[key] = Folder(root, self.catalogue)
        return self._folders[key]

    def roots(self) -> Iterator[Folder]:
        """All projects: those in use, and those of the folders that the editor has open."""
        for root in (self._chosen, *self._opened):
            if root is not None:
                self.of((root / f"any{SUFFIX}").as_posix())
        yield from list(self._folders.values())

    def use(self, catalogue: Catalogue) -> None:
        """Another world for all."""
        self.catalogue = catalogue
        self._begin_again()

    def put(self, file: str, text: str) -> Folder:
        """The text of a file that is open."""
        folder = self.of(file)
        self.open[file] = text
        folder.project.set(file, text)
        return folder

    def close(self, file: str) -> Folder:
        """What lies on the disk holds again."""
        folder = self.of(file)
        self.open.pop(file, None)
        self._reread(folder, file)
        return folder

    def changed(self, path: Path) -> None:
        """Something outside of the editor changed, made or removed a file."""
        if path.name == NAME:
            self._begin_again()  # what belongs together may be another
        elif path.suffix == SUFFIX and path.as_posix() not in self.open:
            self._reread(self.of(path.as_posix()), path.as_posix())

    def _begin_again(self) -> None:
        self._folders.clear()
        for file, text in self.open.items():
            self.put(file, text)

    def _reread(self, folder: Folder, file: str) -> None:
        if os.path.isabs(file) and folder.root is not None:
            folder.read(Path(file))
        else:
            folder.project.remove(file)

    def _root(self, path: Path) -> Path | None:
        if self._chosen is not None and path.is_relative_to(self._chosen):
            return self._chosen
        opened = next((each for each in self._opened if path.is_relative_to(each)), None)
        if opened is None:
            return None
        above = [each for each in path.parents if each.is_relative_to(opened)]
        return next((each for each in above if (each / NAME).is_file()), opened)


def _rule_files(root: Path) -> Iterator[Path]:
    """The rule files under a root, without those of a project of their own and of hidden folders."""
    left = MOST_FILES
    for at, folders, names in islice(os.walk(root), MOST_FOLDERS):
        folders[:] = sorted(
            each
            for each in folders
            if not each.startswith(".") and each not in _PASSED_BY and not (Path(at) / each / NAME).is_file()
        )
        for name in sorted(each for each in names if each.endswith(SUFFIX)):
            if left == 0:
                return
            left -= 1
            yield Path(at) / name
