"""Writes down what this interpreter does to the world while somebody says so, in a file of WATCHED; a byte that all
processes share switches it on.
"""

import mmap
import os
import sys
import threading
from typing import Any

# What CPython calls them: https://docs.python.org/3/library/audit_events.html
PREFIXES = ("open", "os.", "subprocess.", "socket.", "shutil.", "tempfile.", "urllib.", "http.", "ctypes.", "exec")
HARMLESS = ("os.putenv", "socket.__new__")
"""An event loop has a pair of sockets with itself; what leaves by a socket is connected, bound or sent."""
OWN = ("/proc/self/statm", "postmaster.pid", ".s.PGSQL.")
"""A language process looks how much memory it has, and whoever runs a database whether it still does."""

_switch: mmap.mmap | None = None
_notes = -1
_inside = threading.local()


def begin() -> None:
    """Add the hook to this process; it stays until its end."""
    global _switch, _notes
    folder = os.environ.get("PYTHON_WATCHED", "")
    if not folder:
        return
    with open(os.path.join(folder, "switch"), "r+b") as shared:
        _switch = mmap.mmap(shared.fileno(), 1)
    _notes = os.open(os.path.join(folder, "notes"), os.O_WRONLY | os.O_APPEND)
    sys.addaudithook(_note)


def watch(*, on: bool) -> None:
    """For all processes."""
    assert _switch is not None
    _switch[0] = int(on)


def noted() -> set[bytes]:
    """The processes that did something; forgotten with this."""
    with open(os.path.join(os.environ["PYTHON_WATCHED"], "notes"), "r+b") as notes:
        lines = notes.read().splitlines()
        notes.truncate(0)
    return {line.partition(b" ")[0] for line in lines}


def _note(event: str, args: tuple[Any, ...]) -> None:
    if _switch is None or not _switch[0] or not event.startswith(PREFIXES) or event in HARMLESS:
        return
    if not getattr(_inside, "it", False):
        _inside.it = True
        try:
            told = f"{os.getpid()} {event} {args!r}"[:500]
            if not any(each in told for each in OWN):
                os.write(_notes, told.encode("utf-8", "replace") + b"\n")
        finally:
            _inside.it = False
