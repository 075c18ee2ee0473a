"""The command line. Owns `main`, which every entry goes through; each command group has a file of its own.

Nothing heavy may be imported at module level anywhere in this package: `treadle --help` answers in a few hundredths of
a second because a command's module, and what it needs, is loaded when that command is called.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn


def main() -> None:
    """Run `sys.argv` and leave with its status: 0 fine, 1 the input has faults, 2 wrong use, 3 the world failed."""
    gc.disable()  # loading makes no garbage; looking for some costs a fifth of `treadle check`. `loop` enables it again
    from treadle.cli.faults import guarded
    from treadle.cli.program import treadle

    _leave(guarded(lambda: treadle(standalone_mode=False)))


def _leave(status: int) -> NoReturn:
    """Ends the process without taking its memory apart first, which is a tenth of `treadle check`."""
    if threading.active_count() > 1:
        sys.exit(status)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # gone, or closed: what is left to say about it, the interpreter says
        sys.exit(status)
    os._exit(status)
