"""Commands that plugins add. Looked up only when a name is not one of ours: finding plugins takes time."""

from __future__ import annotations

import click


def plugin_command(name: str) -> click.Command | None:
    """The command of that name, or None when no plugin brings one."""
    from treadle.runtime.host import PluginHost

    for offered in PluginHost.load().manager.hook.commands():
        for command in offered:
            if isinstance(command, click.Command) and command.name == name:
                return command
    return None
