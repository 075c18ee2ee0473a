"""A language process: reads orders from its standard input, writes answers to its standard output, and holds no secret.

Owns the process: its bounds, its end with the one that started it, and that whatever goes wrong becomes an answer.
"""

from __future__ import annotations

import gc
import os
import queue
import resource
import sys
import threading
from typing import Any, BinaryIO

import msgspec

from treadle.runtime.language import frames
from treadle.runtime.language.answers import VERBS, Decline, Desk
from treadle.runtime.language.messages import Answer, Order, Outcome
from treadle.runtime.language.meter import Meter, TooMuch
from treadle.runtime.language.shelf import Shelf, Warm

COLD_SECONDS, SECONDS = 20.0, 4.0
"""Processor time of reading many files for the first time, and of one question about a file."""
ROOM = 300 * 1024 * 1024
"""Bytes of memory above which workspaces are forgotten, and the process asks to be replaced."""
MOST_ROOM = 1024 * 1024 * 1024
"""Bytes of memory that the process cannot get beyond."""
OFTEN = 200
"""Questions that a process answers at least before it is replaced, or a workspace that needs more room than there is
would be read anew for each."""
_MOMENT, _MANY = 0.03, 4
"""Seconds without a question, and questions without such a pause, after which what is new is looked through for
garbage."""
_PAUSE = 1.0
"""Seconds without a question after which everything is: that takes a quarter of a second."""
_YOUNG, _ALL = 1, 2
"""Generations of the garbage collector."""
_NICE = 5

_orders = msgspec.msgpack.Decoder(Order)


class Child:
    """Answers orders, one after the other."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._meter = Meter()
        self._answered = 0

    def answer(self, message: bytes) -> bytes:
        """The answer to an order, both as MessagePack."""
        order = _orders.decode(message)
        outcome, body = self._outcome(order)
        self._answered += 1
        if self._answered % _MANY == 0:
            gc.collect(_YOUNG)
        return msgspec.msgpack.encode(Answer(outcome=outcome, body=body, tired=self._tired(), held=self._shelf.held))

    def _outcome(self, order: Order) -> tuple[Outcome, bytes]:
        try:
            return "done", self._done(order)
        except Decline as decline:
            return "declined", msgspec.json.encode(decline.told)
        except (TooMuch, MemoryError):
            self._shelf.drop(order.workspace)
            return "too_much", b""
        except Exception as failure:
            self._shelf.drop(order.workspace)
            return "failed", where(failure).encode()

    def _done(self, order: Order) -> bytes:
        verb = VERBS[order.verb]
        asked: Any = msgspec.msgpack.decode(order.body, type=verb.asked)
        with self._meter.at_most(COLD_SECONDS):
            warm = self._shelf.take(order.workspace, order.news)
            if verb.files:
                self._warm_up(warm)
        with self._meter.at_most(COLD_SECONDS if asked.file is None else SECONDS):
            if verb.files:
                warm.put({} if asked.file is None else {asked.file: asked.text})
            return msgspec.json.encode(verb.answer(Desk(warm.project, order.base), asked))

    def _warm_up(self, warm: Warm) -> None:
        """Read the stored files, unless that was done before. They stay, so garbage is not looked for in them."""
        if not warm.project.sources:
            warm.put({})
            warm.project.build()
            gc.collect()
            gc.freeze()

    def _tired(self) -> bool:
        if memory() > ROOM:
            gc.collect()
        while memory() > ROOM and self._shelf.shrink():
            pass
        return memory() > ROOM and self._answered >= OFTEN


def memory() -> int:
    """Bytes of memory that this process holds."""
    try:
        with open("/proc/self/statm", "rb") as pages:
            return int(pages.read().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def where(failure: BaseException) -> str:
    """What went wrong and in which line, without a word of the text that was looked at."""
    at = failure.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f" ({os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno})" if at is not None else ""
    return type(failure).__name__ + place


def _confine() -> None:
    """Behind deliveries for the processor, bounded in memory, no traces of memory on the disk."""
    os.nice(_NICE)
    for kind, most in ((resource.RLIMIT_DATA, MOST_ROOM), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _listen(pipe: BinaryIO, orders: queue.SimpleQueue[bytes]) -> None:
    """Ends this process, whatever it is at, when the other side of the pipe is gone."""
    try:
        while (message := frames.read(pipe)) is not None:
            orders.put(message)
    finally:
        os._exit(0)


def _next(orders: queue.SimpleQueue[bytes]) -> bytes:
    """The next order. Garbage is looked for when there is none for a moment; what was frozen is not looked at."""
    for pause, generation in ((_MOMENT, _YOUNG), (_PAUSE, _ALL)):
        try:
            return orders.get(timeout=pause)
        except queue.Empty:
            gc.collect(generation)
    return orders.get()


def main() -> None:
    """Serve until standard input ends."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed on the way is no answer
    _confine()
    gc.disable()
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    child = Child()
    while True:
        answer = child.answer(_next(orders))
        sink.write(frames.framed(answer))
        sink.flush()


if __name__ == "__main__":
    main()
