"""Who gives an order on the command line, as the history shall name them."""

from __future__ import annotations

from typing import Any

import click


def who_option(command: Any) -> Any:
    """`--who NAME`."""
    return click.option("--who", metavar="NAME", help="Who orders it; your login name without it.")(command)


def login() -> str:
    """The name of the account; a process in a container may have none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
