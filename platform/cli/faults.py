"""How a command ends when it cannot do its work: one line on standard error and an exit status, never a traceback.

Owns the exit statuses and the catch-all. `TREADLE_DEBUG=1` shows the traceback as well, for whoever repairs Treadle.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

FINE, FAULTS, WRONG_USE, WORLD_FAILED = 0, 1, 2, 3


class InputFault(click.ClickException):
    """What the person gave has faults; the message says which."""

    exit_code = FAULTS


class WorldFailed(click.ClickException):
    """The database, the network or another machine did not do its part."""

    exit_code = WORLD_FAILED


def guarded(command: Callable[[], object]) -> int:
    """Run `command` and turn however it ends into an exit status."""
    try:
        status = command()  # click hands back the status of an `Exit` that a command raised
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        # The reader (`head`) has gone; without this the interpreter complains once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as failure:
        return _tell(failure)
    return status if isinstance(status, int) else FINE


def _tell(failure: Exception) -> int:
    if os.environ.get("TREADLE_DEBUG"):
        import traceback

        traceback.print_exception(failure)
    if isinstance(failure, click.UsageError) and failure.ctx:
        click.echo(f"Error: {failure.format_message()} (`{failure.ctx.command_path} --help` shows how)", err=True)
        return WRONG_USE
    known = _known(failure)
    click.echo(f"Error: {known.format_message()}", err=True)
    return known.exit_code


def sentence(failure: Exception) -> str:
    """What a person is told about any failure, in one line."""
    return _known(failure).format_message()


def _known(failure: Exception) -> click.ClickException:
    """The failures of the layers below, as a person should read them."""
    if isinstance(failure, click.ClickException):
        return failure
    import httpx

    from treadle.api.server import PortTaken
    from treadle.runtime.embedded import EmbeddedError
    from treadle.runtime.migrate import MigrationError
    from treadle.runtime.ports import StoreDown
    from treadle.runtime.settings import SettingsError
    from treadle.runtime.vault import VaultError

    match failure:
        case SettingsError():
            return click.UsageError(str(failure))
        case StoreDown():
            return WorldFailed(f"The database cannot be reached. {failure}".rstrip())
        case VaultError():
            return click.UsageError(str(failure))
        case PortTaken() | EmbeddedError() | MigrationError():
            return WorldFailed(str(failure))
        case httpx.HTTPError():
            return WorldFailed(f"The platform does not answer: {failure or type(failure).__name__}.")
        case OSError():
            return WorldFailed(f"{failure.strerror or failure}{f': {failure.filename}' if failure.filename else ''}.")
    return WorldFailed(
        f"Something unexpected happened ({type(failure).__name__}: {_one_line(failure)}). "
        "TREADLE_DEBUG=1 shows where; please report it."
    )


def _one_line(failure: Exception) -> str:
    return " ".join(str(failure).split())[:300]
