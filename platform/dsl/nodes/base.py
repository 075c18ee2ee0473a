"""What all nodes share, and names."""

from __future__ import annotations

import msgspec

from treadle.dsl.spans import Span


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="node"):
    """`id` is unique in its declaration; `span` ends at the last token that belongs to the node.

    Trees have no circles, so the garbage collector need not walk them; encoded, each node names its class.
    """

    id: int
    span: Span


class Ident(Node, frozen=True, kw_only=True):
    """A name where it is written, in a declaration or after a dot: its own node, so that it has a span."""

    text: str
