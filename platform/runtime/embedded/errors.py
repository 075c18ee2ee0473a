"""What can go wrong with the embedded server, as one line for a person."""

from __future__ import annotations


class EmbeddedError(Exception):
    """The embedded Postgres cannot be found, made or started. The message says what to do."""
