"""The workspaces that a language process holds warm. Owns bringing one up to date, and which go when room is short."""

from __future__ import annotations

import gc
from collections import OrderedDict
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Account, Catalogue, PluginSpec
from treadle.dsl.graph import Graph
from treadle.dsl.project import Project
from treadle.runtime.language.messages import News

_accounts = msgspec.json.Decoder(dict[str, Account])
_plugins = msgspec.json.Decoder(dict[str, PluginSpec])
_graph = msgspec.json.Decoder(Graph)


class Warm:
    """One workspace: its stored files, and a project of them with what was edited last in its place."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.project = Project(Catalogue())
        self._graphs: dict[str, Graph] = {}

    def hear(self, news: News, plugins: dict[str, PluginSpec]) -> None:
        """Take over what has changed."""
        self._use(news, plugins)
        for file in news.gone:
            self.files.pop(file, None)
        self.files |= news.files
        if news.versions is not None:
            self._graphs |= {version: _graph.decode(text) for version, text in news.graphs.items()}
            self._graphs = {version: self._graphs[version] for version in news.versions}
            self.project.follow({(each.kind, each.name): each for each in self._graphs.values()})

    def _use(self, news: News, plugins: dict[str, PluginSpec]) -> None:
        known = self.project.catalogue
        accounts = known.accounts if news.accounts is None else _accounts.decode(news.accounts)
        self.project.use(Catalogue(plugins, accounts, known.zone if news.zone is None else news.zone))

    def put(self, edited: dict[str, str]) -> None:
        """The stored files, with these texts in place of theirs."""
        wanted = self.files | edited
        for file in self.project.sources.keys() - wanted.keys():
            self.project.remove(file)
        for file, text in wanted.items():
            self.project.set(file, text)


class Shelf:
    """Warm workspaces, the one that was used last at the end."""

    def __init__(self) -> None:
        self._warm: OrderedDict[UUID, Warm] = OrderedDict()
        self._plugins: tuple[bytes, dict[str, PluginSpec]] = b"", {}

    @property
    def held(self) -> tuple[UUID, ...]:
        """What there is."""
        return tuple(self._warm)

    def take(self, workspace: UUID, news: News | None) -> Warm:
        """A workspace as it is now. Raises `KeyError` for one that was never told of."""
        if news is not None and news.anew:
            self._warm[workspace] = Warm()
        warm = self._warm[workspace]
        self._warm.move_to_end(workspace)
        if news is not None:
            if news.plugins is not None and news.plugins != self._plugins[0]:
                self._plugins = news.plugins, _plugins.decode(news.plugins)
            warm.hear(news, self._plugins[1])
        return warm

    def drop(self, workspace: UUID) -> None:
        """Forget one, because it may be half changed."""
        self._warm.pop(workspace, None)

    def shrink(self) -> bool:
        """Forget the one that was not used for longest; False when only one is left."""
        if len(self._warm) < 2:
            return False
        self._warm.popitem(last=False)
        gc.unfreeze()
        gc.collect()
        return True
