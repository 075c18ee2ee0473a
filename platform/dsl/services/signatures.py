"""The signature of the call that the cursor stands in."""

from __future__ import annotations

from treadle.dsl.services import describing
from treadle.dsl.services.callees import Callee, callee_of
from treadle.dsl.services.prefixes import Frame, Prefix, key_of, split
from treadle.dsl.services.probing import cursor_at
from treadle.dsl.services.shapes import ParameterHelp, Signature
from treadle.dsl.services.views import View
from treadle.dsl.typesystem import show


def signature_help(view: View, offset: int) -> tuple[Signature, ...]:
    """The ways to write the innermost call around an offset, the one that fits first; empty when there is none."""
    cursor = cursor_at(view, offset)
    if cursor is None or cursor.prefix.comment:
        return ()
    for frame in reversed(cursor.prefix.frames):
        callee = callee_of(cursor, frame)
        if callee is not None:
            return _signatures(callee, _parts(cursor.prefix, frame))
    return ()


def _parts(prefix: Prefix, frame: Frame) -> list[str]:
    return split(prefix.code[frame.at + 1 :])


def _signatures(callee: Callee, parts: list[str]) -> tuple[Signature, ...]:
    at = len(parts) - 1 + callee.method
    if callee.forms:
        forms = sorted(callee.forms, key=lambda form: (len(form) <= at, len(form)))
        return tuple(_form(callee, form, at) for form in forms)
    key = key_of(parts[-1])
    names = [each.name for each in callee.params]
    active = names.index(key) if key in names else at if callee.kind == "function" and at < len(names) else None
    labels = tuple(ParameterHelp(describing.parameter(each), each.doc) for each in callee.params)
    written = describing.signature(callee.name, (each.label for each in labels), callee.returns)
    return (Signature(written, callee.doc, labels, active),)


def _form(callee: Callee, form: tuple[str, ...], at: int) -> Signature:
    returns = f" -> {show(callee.returns)}" if callee.returns else ""
    label = f"{callee.name}({', '.join(form)}){returns}"
    return Signature(label, callee.doc, tuple(map(ParameterHelp, form)), at if at < len(form) else None)
