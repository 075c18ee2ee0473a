"""Changes that an editor offers: the fixes of diagnostics, and the canonical form of a file."""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.formatter import format_text
from treadle.dsl.services.shapes import Action
from treadle.dsl.services.views import View


def code_actions(view: View, start: int, end: int) -> tuple[Action, ...]:
    """The fixes of what is wrong between two offsets."""
    return tuple(
        Action(fix.title, each.code, fix.edits, preferred=len(each.fixes) == 1)
        for each in view.project.diagnostics(view.file)
        if each.span.start <= end and start <= each.span.end
        for fix in each.fixes
    )


def formatting(view: View) -> tuple[TextEdit, ...]:
    """The edits that bring a file into its one form; what cannot be read stays as it is."""
    old, new = view.text, format_text(view.text, view.file).text
    if old == new:
        return ()
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return (TextEdit(head, len(old) - tail, new[head : len(new) - tail]),)


def _common(left: str, right: str) -> int:
    """How many characters both begin with."""
    for at, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return at
    return min(len(left), len(right))
