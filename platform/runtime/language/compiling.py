"""Compiling a large set of files in a language process, so that deliveries feel nothing of it.

Owns which set is large. A small one takes a moment in a thread, and so does whatever that process does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from treadle.dsl.compiling import Compiled
from treadle.dsl.graph import Graph, Program
from treadle.runtime.language.messages import Made, ToCompile
from treadle.runtime.language.pool import LanguageBusy, LanguageFailed, LanguageFull, NotAnswered, TooMuch

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

LARGE = 100_000
"""Characters of all files: some two hundred rules."""
PATIENCE = 40.0
"""Seconds that one waits for it."""
_AT_ONCE = 4  # graphs that are read before others have their turn

_made = msgspec.json.Decoder(Made)
_graph = msgspec.json.Decoder(Graph)


async def compiled_apart(engine: Engine, sources: Mapping[str, str]) -> Compiled | None:
    """The set as `facade.compile_files` has it, without its tests; None where it has to be compiled here. Raises
    `StoreDown`.
    """
    if sum(map(len, sources.values())) < LARGE:
        return None
    await engine.live.refresh()
    base = await engine.language.bases.now(engine)
    asked = ToCompile(dict(sources))
    try:
        answer = await engine.language.ask(engine.store.workspace_id, "compile", asked, base, patience=PATIENCE)
    except (LanguageBusy, LanguageFailed, LanguageFull, NotAnswered, TooMuch):
        return None
    return await _read(_made.decode(answer))


async def _read(made: Made) -> Compiled:
    graphs = []
    for number, text in enumerate(made.graphs, 1):
        graphs.append(_graph.decode(text))
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    program = Program(made.files, tuple(graphs), made.limits, made.events) if made.whole else None
    return Compiled(made.diagnostics, program, tuple(graphs), limits=made.limits)
