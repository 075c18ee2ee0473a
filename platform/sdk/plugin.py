"""A plugin as one object. Owns what a distribution hands to the platform, and what must be true of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from treadle.sdk.action import Action
from treadle.sdk.connection import Connection
from treadle.sdk.hookspecs import hookimpl
from treadle.sdk.models import Models
from treadle.sdk.trigger import Trigger

SDK_VERSION = 1
"""Raised when a change of the SDK breaks plugins written for the one before."""


class Simulator(msgspec.Struct, frozen=True, kw_only=True):
    """A local stand-in of the service, for trying rules and for tests.

    `app(base_url)` makes an ASGI application that knows its own address. `settings(base_url)` gives the fields of a
    connection to it, secrets included. `deliveries` are bodies that it can send, by name, as `(content type, body)`.
    The application answers `POST /_test/deliver {"name", "to"}` by sending one, and `GET /_test/effects` with the list
    of writes that it received, each `{"effect_id", "method", "path", "status"}`.
    """

    app: Callable[[str], Any]
    settings: Callable[[str], dict[str, str]]
    deliveries: dict[str, tuple[str, bytes]] = {}


class Plugin:
    """Everything that one distribution adds, found through the entry point group `treadle`.

    `name` is the word that `use` takes; `types` are further Structs that rule files may name (`kommo.Contact`), beside
    those met in triggers and actions; with `models` agents can ask through its connections. Raises `ValueError` when
    two things have one name.
    """

    def __init__(
        self,
        name: str,
        *,
        doc: str = "",
        connections: Sequence[type[Connection]] = (),
        triggers: Sequence[type[Trigger[Any, Any]]] = (),
        actions: Sequence[Action] = (),
        types: Sequence[type[Any]] = (),
        models: Models | None = None,
        simulator: Simulator | None = None,
    ) -> None:
        self.name = name
        self.doc = doc
        self.connections = {kind.kind or name: kind for kind in connections}
        self.triggers = {trigger.name: trigger for trigger in triggers}
        self.actions = {action.name: action for action in actions}
        self.types = {struct.__name__: struct for struct in types}
        self.models = models
        self.simulator = simulator
        for what, given, kept in (
            ("connection", connections, self.connections),
            ("trigger", triggers, self.triggers),
            ("action", actions, self.actions),
        ):
            if len(given) != len(kept):
                raise ValueError(f"plugin {name}: two {what}s have one name")

    @hookimpl
    def treadle_plugin(self) -> Plugin:
        """The hook by which the platform takes it."""
        return self
