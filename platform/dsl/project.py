"""Files that are edited: after each change only what it touches is worked out again.

Owns the files of a session and when they are compiled. What editors ask about them is answered in `services`.
"""

from __future__ import annotations

from collections.abc import Mapping

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import CheckedFile
from treadle.dsl.compiling import NO_GRAPHS, Build, Compiled, GraphKey, build
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.graph import Graph
from treadle.dsl.memory import Memory
from treadle.dsl.parser import Parsed


class Project:
    """The files of one workspace as they are now. For one thread at a time.

    `previous` are the graphs of the published version, from which steps keep their ids.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Mapping[str, str] | None = None,
        previous: Mapping[GraphKey, Graph] = NO_GRAPHS,
    ) -> None:
        self.catalogue = catalogue
        self._previous = previous
        self._sources = dict(sources or {})
        self._memory = Memory()
        self._build: Build | None = None

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts by file."""
        return self._sources

    def set(self, file: str, text: str) -> None:
        """Put a file in, or another text in its place."""
        if self._sources.get(file) != text:
            self._sources[file] = text
            self._build = None

    def remove(self, file: str) -> None:
        """Take a file out; one that is not there may be taken out too."""
        if self._sources.pop(file, None) is not None:
            self._build = None

    def use(self, catalogue: Catalogue) -> None:
        """Check against another catalogue from here on."""
        if catalogue != self.catalogue:
            self.catalogue, self._memory, self._build = catalogue, Memory(), None

    def follow(self, previous: Mapping[GraphKey, Graph]) -> None:
        """Steps keep the ids of these graphs from here on."""
        self._previous, self._build = previous, None

    def exactly(self, sources: Mapping[str, str]) -> Project:
        """A project of these texts and no others, which knows what this one knows; this one stays as it is."""
        if self._sources == dict(sources):
            return self
        made = Project(self.catalogue, sources, self._previous)
        made._memory = self._memory.copy()
        return made

    def trying(self, changes: Mapping[str, str]) -> Project:
        """Another project with these texts in place, which knows what this one knows; this one stays as it is."""
        self.build()
        made = Project(self.catalogue, {**self._sources, **changes}, self._previous)
        made._memory = self._memory.copy()
        return made

    def build(self) -> Build:
        """All that is known of the files as they are."""
        if self._build is None:
            self._build = build(self._sources, self.catalogue, self._previous, self._memory)
        return self._build

    def compiled(self) -> Compiled:
        """What the files compile to."""
        return self.build().compiled

    def diagnostics(self, file: str | None = None) -> tuple[Diagnostic, ...]:
        """What is wrong, in all files or in one."""
        found = self.compiled().diagnostics
        return found if file is None else tuple(each for each in found if each.file == file)

    def tree(self, file: str) -> Parsed:
        """The tree of a file with its parts. Raises `KeyError` when there is no such file."""
        self.build()
        return self._memory.parse(self._sources[file], file)

    def checked(self, file: str) -> CheckedFile | None:
        """What was found out about one file, or None when there is no such file."""
        files = self.build().workspace.files
        return next((each for each in files if each.scope.module.file == file), None)
