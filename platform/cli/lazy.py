"""A click group that knows its commands by name and loads the module of one only when it is called.

Owns the loading and the help page, which is printed from the table without importing any command.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """One command: where it lies (`module:attribute`), the line that the help shows, the heading it stands under."""

    where: str
    help: str
    heading: str = "Commands"


class LazyGroup(click.Group):
    """A group over a table of entries; `more` may add commands that are not in the table (those of plugins)."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None when there is none of that name."""
        if entry := self.entries.get(cmd_name):
            module, _, attribute = entry.where.partition(":")
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command)
            return command
        return self.more(cmd_name)

    def more(self, name: str) -> click.Command | None:
        """A command beyond the table, asked for only when the name is not in it."""
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion when the name is nearly one that exists."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            raise click.UsageError(wrong.message + _did_you_mean(args[0], self.entries), ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, under its headings."""
        for heading in dict.fromkeys(entry.heading for entry in self.entries.values()):
            with formatter.section(heading):
                formatter.write_dl(
                    [(name, entry.help) for name, entry in self.entries.items() if entry.heading == heading]
                )


class DefaultGroup(click.Group):
    """A group that means its command `default` when it is called without one, or with options alone."""

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default in front unless a command or a call for help stands there."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def _did_you_mean(word: str, names: Mapping[str, Entry]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, names, n=1)
    return f" Did you mean {near[0]!r}?" if near else " `treadle --help` lists what there is."
