"""One heavy text in this process, and what it cost: run as `python -m fuzz.weighing KIND NAME [LINES]`.

Prints one JSON object, `Weight`. Owns the bounds that keep a text which is too heavy from taking the machine.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
from tests.dsl.catalogue import CATALOGUE

from fuzz import big, bombs
from treadle.dsl import services
from treadle.dsl.diagnostics import Position
from treadle.dsl.editing import apply_in, read_operation
from treadle.dsl.editing.refs import Kind
from treadle.dsl.editing.source import reference
from treadle.dsl.facade import compile_files, format_text, graph_json, mermaid, svg
from treadle.dsl.parser import parse
from treadle.dsl.project import Project

T = TypeVar("T")
_FILE = "a.rule"
_CPU_SECONDS = 120
_ADDRESS_SPACE = 2 * 1024**3


class Weight(msgspec.Struct):
    """CPU seconds by what was asked, the most memory that the process held, and the codes of the findings."""

    seconds: dict[str, float]
    memory_mb: float
    codes: list[str]


def weigh(text: str) -> Weight:
    """Compiles the text, then asks each service for it, as one that has just been opened."""
    seconds: dict[str, float] = {}
    compiled = _timed(seconds, "compile", lambda: compile_files({_FILE: text}, CATALOGUE))
    _timed(seconds, "format", lambda: format_text(text))
    _timed(seconds, "graph", lambda: [(graph_json(each), mermaid(each)) for each in compiled.partial])
    _timed(seconds, "svg", lambda: svg(compiled.partial) if compiled.partial else "")
    codes = sorted({each.code for each in compiled.diagnostics})
    _timed(seconds, "edit", lambda: _edit(text))
    _timed(seconds, "complete", lambda: _complete(text))
    return Weight({name: round(took, 3) for name, took in seconds.items()}, _peak_mb(), codes)


def _timed(seconds: dict[str, float], name: str, ask: Callable[[], T]) -> T:
    began = time.process_time()
    answer = ask()
    seconds[name] = time.process_time() - began
    return answer


def _edit(text: str) -> None:
    refs = (reference(decl) for decl in parse(text).module.decls)
    ref = next((ref for ref in refs if ref and ref.kind in get_args(Kind)), None)
    if ref is not None:
        given = {"op": "set_comment", "text": "why", "decl": {"kind": ref.kind, "name": ref.name}, "where": "above"}
        apply_in(Project(CATALOGUE, {_FILE: text}), _FILE, read_operation(given))


def _complete(text: str) -> None:
    line = text.count("\n") // 2
    services.complete(Project(CATALOGUE, {_FILE: text}), _FILE, Position(line + 1, 1))


def _peak_mb() -> float:
    """The most memory held since this program began; what held it before `exec` is not ours, where that can be told."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(kilobytes) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main(kind: str, name: str, lines: str = "0") -> None:
    """Weighs one text within bounds: a process that passes them ends without an answer."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    text = bombs.TEXTS[name].make() if kind == "bomb" else big.TEXTS[name](int(lines))
    sys.stdout.buffer.write(msgspec.json.encode(weigh(text)) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
