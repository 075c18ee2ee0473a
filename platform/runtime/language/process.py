"""A language process as the API's process sees it: started, asked, ended. Owns the pipes; knows no verb."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import msgspec

from treadle.runtime.language import frames
from treadle.runtime.language.messages import Answer, Order

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_PYTHON = "PYTHON"
_MODULE = "treadle.runtime.language.child"

_answers = msgspec.msgpack.Decoder(Answer)


class Lost(Exception):
    """The process ended, hung, or said something that is no answer."""


class LanguageProcess:
    """One running process, which answers one order after the other."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._stdin, self._stdout = process, process.stdin, process.stdout

    @classmethod
    async def start(cls) -> LanguageProcess:
        """A new one. It is given no setting of ours and no secret, and ends with this process, however that ends."""
        environment = {name: text for name, text in os.environ.items() if name in _KEPT or name.startswith(_PYTHON)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", _MODULE, stdin=PIPE, stdout=PIPE, start_new_session=True, env=environment
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    async def ask(self, order: Order, seconds: float) -> Answer:
        """The answer. Raises `Lost`; the process is of no more use then."""
        try:
            async with asyncio.timeout(seconds):
                self._stdin.write(frames.framed(msgspec.msgpack.encode(order)))
                await self._stdin.drain()
                size = frames.length(await self._stdout.readexactly(frames.HEAD.size))
                return _answers.decode(await self._stdout.readexactly(size))
        except TimeoutError:
            raise Lost(f"no answer to {order.verb} for {seconds:g} s") from None
        except (OSError, EOFError, frames.Garbled, msgspec.DecodeError) as failure:
            raise Lost(f"it ended while it answered {order.verb} ({type(failure).__name__})") from None

    async def end(self) -> None:
        """Gone when this returns."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._stdin.close()
        await self._process.wait()
