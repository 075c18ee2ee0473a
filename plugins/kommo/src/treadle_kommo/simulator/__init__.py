"""A local stand-in of one Kommo account, for trying rules and for tests.

Keeps everything in memory and starts from the same small account each time. It speaks API v4 as far as the plugin's
actions and rules need it, keeps Kommo's limits, and sends real webhooks to whoever subscribed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from treadle.sdk import Simulator
from treadle_kommo.simulator.samples import DELIVERIES

if TYPE_CHECKING:
    from treadle_kommo.simulator.app import KommoApp

__all__ = ["SIMULATOR", "create_app", "settings"]


def create_app(base_url: str, clock: Callable[[], float] = time.time) -> KommoApp:
    """The stand-in as an ASGI application that answers under `base_url`."""
    from treadle_kommo.simulator.app import KommoApp  # nobody who only checks rules needs it

    return KommoApp(base_url, clock)


def settings(base_url: str) -> dict[str, str]:
    """The fields of a connection to it."""
    from treadle_kommo.simulator.seed import AUTOMATION, TOKEN

    return {"base_url": base_url, "access_token": TOKEN, "user_id": str(AUTOMATION), "account_id": "31000111"}


SIMULATOR = Simulator(app=create_app, settings=settings, deliveries=DELIVERIES)
