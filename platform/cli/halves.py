"""A second process beside this one that does half of the work of a check: half of the reading, then half of the rules.

Owns the processes and the pipes between them. What comes through a pipe is what this program made a moment ago, in a
process that nobody else can write to; when anything goes wrong there, the work is simply done here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import Module
from treadle.dsl.parser import Parsed, Read, parse

if TYPE_CHECKING:
    from treadle.dsl.memory import Memory

T = TypeVar("T")
_OTHERS = 0.55
"""The part of the text that the other process reads: it sends trees as well, and this one loads the checker and plugins
meanwhile."""


class Reading:
    """Begins to read files, texts by path, as soon as it is made."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._mine, others = _split(files)
        self._trees = beside(lambda: msgspec.msgpack.encode([_Tree.of(parse(text, file)) for file, text in others]))

    def memory(self) -> Memory:
        """One that holds the trees of all files. What the other process could not read is read when it is asked for."""
        from treadle.dsl.memory import Memory

        memory = Memory()
        for file, text in self._mine:
            memory.parse(text, file)
        decoder = msgspec.msgpack.Decoder(list[_Tree])
        for tree in decoder.decode(self._trees() or b"\x90"):
            memory.learn(tree.parsed(self._files[tree.file]))
        return memory


class _Tree(msgspec.Struct):
    """What was read of one file, without its text. As MessagePack it goes over five times as fast as pickled."""

    file: str
    parts: tuple[Read, ...]
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, parsed: Parsed) -> _Tree:
        return cls(parsed.module.file, parsed.parts, parsed.diagnostics)

    def parsed(self, text: str) -> Parsed:
        module = Module(file=self.file, text=text, decls=tuple([each.decl for each in self.parts]))
        return Parsed(module, self.diagnostics, self.parts)


def share(work: Callable[[int], T], count: int) -> Iterable[T]:
    """What `work` gives for each number below `count`, every second one worked out beside."""
    theirs = beside(lambda: [work(at) for at in range(1, count, 2)])
    mine = [work(at) for at in range(0, count, 2)]
    others = theirs() or [work(at) for at in range(1, count, 2)]
    return [(others if at % 2 else mine)[at // 2] for at in range(count)]


def beside(work: Callable[[], T]) -> Callable[[], T | None]:
    """Begins the work in a process of its own; the answer waits for it, and is None when nothing came of it."""
    if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return lambda: None
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        _send(work, sink)
    os.close(sink)

    def answer() -> T | None:
        with open(source, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        with contextlib.suppress(pickle.UnpicklingError, EOFError):
            return pickle.loads(data)  # type: ignore[no-any-return]
        return None

    return answer


def _send(work: Callable[[], object], sink: int) -> None:
    """The other process: works, sends, and is gone without a word, whatever happens."""
    with contextlib.suppress(BaseException), open(sink, "wb") as pipe:
        pipe.write(pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL))
    os._exit(0)


def _split(files: Mapping[str, str]) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """What is read here, and what is read beside."""
    mine: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    left = _OTHERS * sum(map(len, files.values()))
    for file, text in sorted(files.items(), key=lambda each: len(each[1]), reverse=True):
        theirs = len(text) <= left
        (others if theirs else mine).append((file, text))
        left -= len(text) * theirs
    return mine, others
