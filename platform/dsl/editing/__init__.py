"""Lossless editing: an operation on what a file means becomes the smallest edit of its text.

`apply` edits texts, `apply_in` a project that is open. Comments, blank lines and line ends that an operation is not
about stay as they are, byte for byte. An operation that would damage something is refused with a diagnostic.
"""

from __future__ import annotations

from treadle.dsl.editing.applying import Edited, Refused, addresses, all_addresses, apply, apply_in
from treadle.dsl.editing.operations import AnyOperation, read_operation
from treadle.dsl.editing.refs import DeclRef, Place
from treadle.dsl.editing.splices import Change, applied, change

__all__ = [
    "AnyOperation",
    "Change",
    "DeclRef",
    "Edited",
    "Place",
    "Refused",
    "addresses",
    "all_addresses",
    "applied",
    "apply",
    "apply_in",
    "change",
    "read_operation",
]
