"""Reading many files with a second process beside this one: half of the trees each.

Owns the process and the pipe between the two. What comes through the pipe is trees that this program made a moment ago,
in a process that nobody else can write to; when anything goes wrong there, the files are simply read here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Mapping, Sequence

from treadle.dsl.memory import Memory
from treadle.dsl.parser import Parsed, parse


def read_in_halves(files: Mapping[str, str]) -> Memory:
    """A memory that holds the trees of all files, texts by path."""
    memory = Memory()
    mine, others = _halves(files)
    answer = _beside(others)
    for file, text in mine:
        memory.parse(text, file)
    for tree in answer():
        memory.learn(tree)
    return memory  # what is not in it, because the other process failed, is read when it is asked for


def _halves(files: Mapping[str, str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Two lists of about as much text."""
    halves: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    sizes = [0, 0]
    for file, text in sorted(files.items(), key=lambda each: len(each[1]), reverse=True):
        smaller = sizes[1] < sizes[0]
        halves[smaller].append((file, text))
        sizes[smaller] += len(text)
    return halves


def _beside(files: Sequence[tuple[str, str]]) -> Callable[[], list[Parsed]]:
    """Starts to read files in a process of its own; the answer waits for it, and is empty when it failed."""
    if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return list
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        _send(files, sink)
    os.close(sink)

    def answer() -> list[Parsed]:
        with open(source, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        with contextlib.suppress(pickle.UnpicklingError, EOFError):
            return list(pickle.loads(data))
        return []

    return answer


def _send(files: Sequence[tuple[str, str]], sink: int) -> None:
    """The other process: reads, sends, and is gone without a word, whatever happens."""
    with contextlib.suppress(BaseException), open(sink, "wb") as pipe:
        pipe.write(pickle.dumps([parse(text, file) for file, text in files], protocol=pickle.HIGHEST_PROTOCOL))
    os._exit(0)
