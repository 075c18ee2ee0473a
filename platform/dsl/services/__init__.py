"""What editors ask: pure functions over a project, the same for the API and for language servers.

A `View` is one file of a `Project` as it is now. Every function takes one; places are `Position`s, turned into offsets
by `View.offset`. All work on broken files. Nothing here changes the project; edits are handed back.
"""

from __future__ import annotations

from treadle.dsl.services.facade import (
    code_actions,
    complete,
    definition,
    diagnostics,
    document_symbols,
    folds,
    formatting,
    graphs,
    highlights,
    hover,
    inlay_hints,
    prepare_rename,
    references,
    rename,
    semantic_tokens,
    signature_help,
    workspace_symbols,
)
from treadle.dsl.services.shapes import (
    Action,
    Completion,
    Edits,
    Fold,
    Hint,
    Hover,
    Location,
    Outline,
    ParameterHelp,
    Refused,
    SemanticToken,
    Signature,
    WorkspaceSymbol,
)

__all__ = [
    "Action",
    "Completion",
    "Edits",
    "Fold",
    "Hint",
    "Hover",
    "Location",
    "Outline",
    "ParameterHelp",
    "Refused",
    "SemanticToken",
    "Signature",
    "WorkspaceSymbol",
    "code_actions",
    "complete",
    "definition",
    "diagnostics",
    "document_symbols",
    "folds",
    "formatting",
    "graphs",
    "highlights",
    "hover",
    "inlay_hints",
    "prepare_rename",
    "references",
    "rename",
    "semantic_tokens",
    "signature_help",
    "workspace_symbols",
]
