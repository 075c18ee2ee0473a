"""Texts in, everything else out: what the command line, the API, the editor and the runtime call. Owns no pass."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.compiling import NO_GRAPHS, Compiled, GraphKey, build
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.drawing import mermaid, svg
from treadle.dsl.formatter import Formatted, format_text
from treadle.dsl.graph import Graph

__all__ = [
    "NO_GRAPHS",
    "Compiled",
    "Formatted",
    "GraphKey",
    "check_text",
    "compile_files",
    "format_text",
    "graph_json",
    "mermaid",
    "svg",
]


def compile_files(
    sources: Mapping[str, str], catalogue: Catalogue, previous: Mapping[GraphKey, Graph] = NO_GRAPHS
) -> Compiled:
    """Check a set of files together; `sources` maps paths, as they are shown, to texts. Never raises on a text.

    Steps keep the ids that they have in `previous`, the graphs of the version before.
    """
    return build(sources, catalogue, previous).compiled


def check_text(text: str, file: str, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """What is wrong with one file on its own."""
    return compile_files({file: text}, catalogue).diagnostics


def graph_json(graph: Graph) -> bytes:
    """The graph as JSON, read back by `msgspec.json.decode(data, type=Graph)`."""
    return msgspec.json.encode(graph)
