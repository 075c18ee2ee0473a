"""A local stand-in of OpenRouter, for trying agents and for tests: it answers what it is told to and counts the money.

Keeps everything in memory. Without a script it answers by itself, from the schema that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.sdk import Simulator

if TYPE_CHECKING:
    from treadle_openrouter.simulator.app import OpenRouterApp

__all__ = ["SIMULATOR", "create_app", "settings"]

KEY = "sk-or-v1-simulated"


def create_app(base_url: str) -> OpenRouterApp:
    """The stand-in as an ASGI application."""
    from treadle_openrouter.simulator.app import OpenRouterApp  # nobody who only checks rules needs it

    return OpenRouterApp(KEY)


def settings(base_url: str) -> dict[str, str]:
    """The fields of a connection to it."""
    return {"base_url": f"{base_url.rstrip('/')}/api/v1", "api_key": KEY}


SIMULATOR = Simulator(app=create_app, settings=settings)
