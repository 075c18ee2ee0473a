"""Loading a service quickly: its modules, and beside them the files of a database that is not there yet.

Importing takes a second of one core and making a database's files one second of another; together they take one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path

MODULES = ("treadle.cli.launch", "treadle.cli.watch", "treadle.cli.beside")


def load(beside: Callable[[], None]) -> None:
    """Import what a service needs while `beside` runs in a thread. Raises what `beside` raises."""
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(beside)
        for module in MODULES:
            import_module(module)
        done.result()


def prepare(home: Path) -> None:
    """Make the files of the embedded database of `home`, unless they are there."""
    from treadle.runtime.embedded import Embedded, EmbeddedError

    with suppress(EmbeddedError, OSError):  # the start that follows fails for the same reason, and says it
        Embedded(home).prepare()


def empty(home: Path) -> None:
    """Remove what lies in `home` and make the files of a new database. Raises `EmbeddedError` while it is in use."""
    from treadle.runtime.embedded import Embedded

    home.mkdir(parents=True, exist_ok=True)
    Embedded(home).erase()
    for file in home.iterdir():
        if file.is_file() and not file.is_symlink():
            file.unlink()
    prepare(home)
