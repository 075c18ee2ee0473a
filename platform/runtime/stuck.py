"""A loop that turns no more: says where it hangs and ends the process, so that whoever keeps it starts another.

Its leases are over by then and others have its runs. A process that only looks alive would be one worker less for ever.
"""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType

import structlog

EXIT = 70
"""The process's exit code: an internal fault, as `sysexits.h` names it."""


def leave(seconds: float) -> None:
    """End this process at once; called from a thread beside the loop that has not turned for so many seconds."""
    structlog.get_logger("treadle.worker").error("stuck", seconds=round(seconds, 1), at=main_thread_at())
    sys.stderr.flush()
    os._exit(EXIT)


def main_thread_at() -> str:
    """The line that the main thread is at: `tag in /app/plugins/acme.py:12`, the innermost one."""
    frame: FrameType | None = sys._current_frames().get(threading.main_thread().ident or 0)
    return f"{frame.f_code.co_name} in {frame.f_code.co_filename}:{frame.f_lineno}" if frame else "unknown"
