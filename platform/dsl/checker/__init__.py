"""What names mean and which types values have.

A file is read in two steps. `declare` collects what every file declares, so that a rule may use a function or a
sequence that stands below it or in another file. `check_workspace` then walks one declaration at a time with an
environment: which names are given on every path to here, which of their parts are known to be set, and whether effects
may stand here. What it finds out about a node stands in side tables under the node's id (`tables`); the tree itself is
never changed. A part that was reported has the type `Unknown`, which fits everything: one mistake, one diagnostic.
"""

from __future__ import annotations

from treadle.dsl.checker.declarations import Checked
from treadle.dsl.checker.files import CheckedFile, CheckedWorkspace, check_workspace
from treadle.dsl.checker.scopes import FileScope, Workspace, declare

__all__ = ["Checked", "CheckedFile", "CheckedWorkspace", "FileScope", "Workspace", "check_workspace", "declare"]
