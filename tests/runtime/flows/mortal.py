"""Worker processes for tests that kill them: `python mortal.py SOCKET` imports everything once and forks the workers.

Each connection is one worker. A line of JSON comes in: the arguments of `work`, and the file that takes its output. The
worker's pid goes out at once and its exit status when it has ended. Who hangs up before has it killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parent))

from acme import plugin

from treadle.runtime.crashpoints import arm
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.settings import Settings
from treadle.runtime.stuck import leave
from treadle.runtime.worker import Timing, Worker

_LOOK = 0.01  # seconds between looks at whether a worker lives


async def work(home: str, url: str, keys: str, allow: str, crash: str | None = None) -> None:
    """Works until it is killed, or dies at the crash point."""
    settings = Settings(home=Path(home), database_url=url, encryption_keys=keys, allow_hosts=allow)
    async with open_engine(settings, host=PluginHost.of([plugin])) as engine:
        arm(crash)
        timing = Timing(lease=1.6, renew=0.4, poll=0.1, beat=0.3, stuck=3.0)
        await Worker(engine, timing=timing, on_stuck=leave).run(asyncio.Event())


def serve(path: str) -> None:
    """Forks until standard input ends, that is until the tests are over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("up", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _keep(line)
            line.close()


def _keep(line: socket.socket) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked = json.loads(line.makefile().readline())
    worker = os.fork()
    if worker == 0:
        line.close()
        _become(asked["arguments"], asked["output"])
    line.sendall(b"%d\n" % worker)
    ended = 0
    while not ended:
        if select.select([line], [], [], _LOOK)[0] and not line.recv(1):
            os.kill(worker, signal.SIGKILL)
            os._exit(0)
        ended, status = os.waitpid(worker, os.WNOHANG)
    line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(arguments: list[str], output: str) -> NoReturn:
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        asyncio.run(work(*arguments))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


serve(sys.argv[1])
