"""The command line. Owns `main`, which every entry goes through; each command group has a file of its own.

Nothing heavy may be imported at module level anywhere in this package: `treadle --help` answers in a few hundredths of
a second because a command's module, and what it needs, is loaded when that command is called.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run `sys.argv` and leave with its status: 0 fine, 1 the input has faults, 2 wrong use, 3 the world failed."""
    gc.disable()  # loading makes no garbage; looking for some costs a fifth of `treadle check`. `loop` enables it again
    from treadle.cli.faults import guarded
    from treadle.cli.program import treadle

    sys.exit(guarded(lambda: treadle(standalone_mode=False)))
