"""Loading a service quickly: its modules, and beside them the files of a database that is not there yet.

Importing takes a second of one core and making a database's files one second of waiting; together they take one.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

MODULES = ("treadle.runtime.embedded", "treadle.cli.launch", "treadle.cli.watch", "treadle.cli.beside")


def load(home: Path | None) -> None:
    """Import what `up` needs. `home` is where an embedded database will start, None when another one is used."""
    if home:
        threading.Thread(target=_prepare, args=(home,), daemon=True).start()
    for module in MODULES:
        import_module(module)


def _prepare(home: Path) -> None:
    from treadle.runtime.embedded import Embedded, EmbeddedError

    with suppress(EmbeddedError, OSError):  # the start that follows fails for the same reason, and says it
        Embedded(home).prepare()
