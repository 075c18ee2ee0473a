"""Events of one's own: the types of their fields, each once."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.inference import Inference
from treadle.dsl.type_codes import FIELD_TWICE


def check_event(inference: Inference, decl: nodes.EventDecl) -> bool:
    """Check the declaration of an event; all of it could be read, or it would not be here."""
    seen: set[str] = set()
    for field in decl.fields:
        resolve(field.type, inference.file, inference.desk, inference.used)
        if field.name.text in seen:
            inference.desk.report(FIELD_TWICE, field.name.span, name=field.name.text)
        seen.add(field.name.text)
    return True
