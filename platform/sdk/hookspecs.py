"""Every hook there is, on one page. A plugin object implements `treadle_plugin`; the others are optional."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from treadle.sdk.plugin import Plugin

hookspec = pluggy.HookspecMarker("treadle")
hookimpl = pluggy.HookimplMarker("treadle")


@hookspec
def treadle_plugin() -> Plugin:  # type: ignore[empty-body]
    """The plugin: its connections, triggers, actions and types."""


@hookspec
def run_ended(run_id: str, rule: str, status: str) -> None:
    """A run ended (`done`, `failed`, `stopped`). Called after the commit; what it raises is logged and ignored."""


@hookspec
def redact() -> Iterable[str]:  # type: ignore[empty-body]
    """More texts that must never appear in logs, history or error reports, beside the secrets of connections."""


@hookspec
def commands() -> Iterable[Any]:  # type: ignore[empty-body]
    """click commands to add to the `treadle` command line."""
