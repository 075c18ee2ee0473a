"""`treadle plugins`: which plugins are installed."""

from __future__ import annotations

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table


@click.group(cls=DefaultGroup, default="list")
def plugins() -> None:
    """Which plugins are installed. Without a word after it: `list`."""


@plugins.command("list")
@json_option
def list_plugins(as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Installed plugins; one that cannot be loaded says why. Needs no database."""
    from treadle.runtime.host import PluginHost

    host = PluginHost.load()
    if as_json:
        print_json([{"name": one.name, "version": one.version, "error": one.error} for one in host.reports])
        return
    print_table(
        ["plugin", "version", "offers"],
        ([one.name, one.version, one.error or _offers(host.specs[one.name])] for one in host.reports),
        empty="No plugin is installed.",
    )


def _offers(spec: object) -> str:
    from treadle.dsl.catalogue import PluginSpec

    assert isinstance(spec, PluginSpec)
    models = ", models for agents" if spec.asks is not None else ""
    return f"{len(spec.triggers)} triggers, {len(spec.actions)} actions{models}"
