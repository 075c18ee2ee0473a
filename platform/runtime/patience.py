"""How long whoever asks the store waits for a connection. Owns the one value, which follows an asker through its tasks.

A worker has nothing better to do than to wait; a person, and a service that delivers, want to be told soon.
"""

from __future__ import annotations

from contextvars import ContextVar

ASKED = 1.0
"""Seconds for requests: with what a commit is repeated (`committer`), they are answered within two."""

patience: ContextVar[float | None] = ContextVar("patience", default=None)
"""Seconds; None is the pool's own time."""
