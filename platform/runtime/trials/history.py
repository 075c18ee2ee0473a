"""A run of the store as a test: finds the graph and the names of its file. What the test says is `retelling`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from treadle.dsl import nodes
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Graph
from treadle.runtime.live import LiveRules
from treadle.runtime.ports import Store
from treadle.runtime.trials.recorded import Recorded, Uses, recorded
from treadle.runtime.trials.retelling import retold


async def run_as_test(store: Store, live: LiveRules, catalogue: Catalogue, run_id: UUID) -> str:
    """The text of a `test` block, in canonical form. Raises `KeyError` when there is no such run, and `Untold`."""
    from treadle.dsl.facade import format_text  # the parser, which workers never need

    async def graph_of(version: str) -> Graph | None:
        stored = await store.graph(version)
        return msgspec.json.decode(stored, type=Graph) if stored else None

    record = await recorded(store, graph_of, run_id, live.graphs().values())
    sources = await _sources(store, live, record)
    return format_text(retold(record, _uses(sources, record.root.graph.file), catalogue)).text


async def _sources(store: Store, live: LiveRules, record: Recorded) -> Mapping[str, str]:
    """The files as they were when the event came, else as they are."""
    then = record.event.publication if record.event else None
    found = await store.publication(then) if then and then != live.publication else None
    return found.sources if found else live.sources


def _uses(sources: Mapping[str, str], file: str) -> Uses:
    """The plugins under the names of the file, its own and those that others share."""
    from treadle.dsl.parser import parse

    found: dict[str, tuple[str, str | None]] = {}
    for path, text in sorted(sources.items(), key=lambda each: each[0] == file):
        for decl in parse(text, path).module.decls:
            if isinstance(decl, nodes.Use) and (decl.shared or path == file):
                name = decl.alias or decl.plugin
                found[name.text] = (decl.plugin.text, str(decl.connection.value) if decl.connection else None)
    return found
