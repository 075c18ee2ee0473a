"""X9, X26: what tells a secret from another takes the same time wherever they differ."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = re.compile(r"(^|_)(secret|token|signature|digest|csrf|password|presented|mac|nonce|verifier)s?$")
NO_SECRET = {"platform/runtime/store/idempotency.py: bytes(theirs) != digest"}
"""The digest of a body, which its sender knows."""


def named(part: ast.expr) -> str:
    """The last name in an expression: `given.token`, `claims["nonce"]`, `digest(x)`."""
    match part:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=inner) | ast.Await(value=inner):
            return named(inner)
    return ""


def compared() -> Iterator[str]:
    for folder in ("platform", "api", "plugins", "src"):
        for path in (ROOT / folder).rglob("*.py"):
            if {"dsl", "tests", "simulator"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Compare) or not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                    continue
                if any(SECRET.search(named(part)) for part in (node.left, *node.comparators)):
                    yield f"{path.relative_to(ROOT)}: {ast.unparse(node)}"


def test_x26_no_secret_is_compared_byte_by_byte() -> None:
    found = set(compared()) - NO_SECRET
    assert not found, f"use hmac.compare_digest, or look a digest up: {found}"
