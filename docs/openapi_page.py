"""The OpenAPI document as a file, for whoever wants it without a server."""

from __future__ import annotations

import json
from typing import Any

from treadle.api.app import create_api
from treadle.api.openapi import document_of
from treadle.runtime.engine import Engine


def page() -> str:
    """The document that `/api/openapi.json` serves, with a line for each path and each shape."""
    unopened = Engine.__new__(Engine)  # routes are only looked at
    document = document_of(create_api(unopened))
    paths, shapes = document.pop("paths"), document["components"].pop("schemas")
    rest = {**document, "components": {**document["components"], "schemas": "SHAPES"}, "paths": "PATHS"}
    return _one(rest).replace('"SHAPES"', _lines(shapes)).replace('"PATHS"', _lines(paths)) + "\n"


def _lines(parts: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{_one(name)}:{_one(part)}" for name, part in parts.items()) + "\n}"


def _one(part: Any) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))
