"""The plugins of this installation. Owns finding and loading them, one by one, so that a broken one hurts nobody else.

Plugins are distributions with an entry point in the group `treadle`. What one offers is plain data afterwards: its
`Plugin` object and its `PluginSpec` for the language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from uuid import UUID

import msgspec
import pluggy

from treadle.dsl.catalogue import Catalogue, Cost, PluginSpec
from treadle.sdk import hookspecs
from treadle.sdk.action import Action
from treadle.sdk.plugin import Plugin
from treadle.sdk.schema import plugin_spec
from treadle.sdk.trigger import Trigger

GROUP = "treadle"


class PluginReport(msgspec.Struct, frozen=True):
    """One distribution that was found; `error` says in a sentence why it could not be loaded."""

    name: str
    version: str
    error: str | None = None


class PluginHost:
    """What is installed: `plugins` and `specs` by name, `reports` of every distribution that was tried."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.plugins: dict[str, Plugin] = {}
        self.specs: dict[str, PluginSpec] = {}
        self.reports: list[PluginReport] = []

    @classmethod
    def load(cls, only: Collection[str] | None = None) -> PluginHost:
        """Load what is installed, or only the entry points of these names."""
        host = cls()
        found = {(point.name, point.value): point for point in entry_points(group=GROUP)}
        for point in sorted(found.values(), key=lambda each: each.name):
            if only is None or point.name in only:
                host._load(point)
        return host

    @classmethod
    def of(cls, plugins: Iterable[Plugin]) -> PluginHost:
        """A host of exactly these, for tests."""
        host = cls()
        for plugin in plugins:
            host.add(plugin)
        return host

    def add(self, plugin: Plugin, version: str = "0") -> None:
        """Take one in. Raises `ValueError` when its name is taken, `TypeError` when a type has no counterpart."""
        if plugin.name in self.plugins:
            raise ValueError(f"there are two plugins called {plugin.name}")
        spec = plugin_spec(plugin)
        self.manager.register(plugin, plugin.name)
        self.plugins[plugin.name] = plugin
        self.specs[plugin.name] = spec
        self.reports.append(PluginReport(plugin.name, version))

    def _load(self, point: EntryPoint) -> None:
        version = point.dist.version if point.dist else "0"
        try:
            self.add(_plugin(point.load()), version)
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            self.reports.append(PluginReport(point.name, version, reason))

    def trigger(self, full_name: str) -> type[Trigger[Any, Any]] | None:
        """The trigger class behind `plugin.trigger`."""
        plugin, _, name = full_name.partition(".")
        found = self.plugins.get(plugin)
        return found.triggers.get(name) if found else None

    def action(self, plugin: str, name: str) -> Action | None:
        """The action, when both are installed."""
        found = self.plugins.get(plugin)
        return found.actions.get(name) if found else None

    def catalogue(self) -> Catalogue:
        """What rule files may name when no account is connected."""
        return Catalogue(plugins=self.specs)

    def reads(self) -> frozenset[str]:
        """Full names of the actions that change nothing."""
        return frozenset(
            f"{spec.name}.{name}" for spec in self.specs.values() for name, each in spec.actions.items() if each.reads
        )

    def costs(self) -> dict[str, Cost]:
        """What calls cost, by the full names of the actions that say so."""
        return {
            f"{spec.name}.{name}": each.cost
            for spec in self.specs.values()
            for name, each in spec.actions.items()
            if each.cost is not None
        }

    def caused(self) -> frozenset[str]:
        """Full names of the triggers that some action says it can cause: only those can be changes of our own."""
        return frozenset(
            cause.trigger for spec in self.specs.values() for action in spec.actions.values() for cause in action.causes
        )

    def made(self) -> frozenset[str]:
        """Full names of the triggers that some action can cause by making a new thing: it writes `acme.order:*`."""
        return frozenset(
            cause.trigger
            for spec in self.specs.values()
            for action in spec.actions.values()
            for cause in action.causes
            if action.writes is not None and action.writes.endswith(":*")
        )

    def run_ended(self, run_id: UUID, rule: str, status: str) -> None:
        """Tell the plugins that want to know; what they raise is logged and ignored."""
        given = {"run_id": str(run_id), "rule": rule, "status": status}
        for hook in self.manager.hook.run_ended.get_hookimpls():
            try:
                hook.function(*(given[name] for name in hook.argnames))
            except Exception as error:
                import structlog  # `treadle check` loads plugins too, and structlog would be a third of its time

                structlog.get_logger("treadle.host").error("hook_failed", plugin=hook.plugin_name, exc_info=error)

    def secrets(self) -> list[str]:
        """Texts that plugins want kept out of every log."""
        return [text for texts in self.manager.hook.redact() for text in texts]


def _plugin(loaded: Any) -> Plugin:
    """An entry point names a Plugin, or something that implements the hook `treadle_plugin`."""
    if isinstance(loaded, Plugin):
        return loaded
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(loaded)
    made = manager.hook.treadle_plugin()
    if len(made) == 1 and isinstance(made[0], Plugin):
        return made[0]
    raise TypeError("the entry point names no Plugin and nothing that gives one by the hook treadle_plugin")
