"""One application for all tests of a process, in front of the engine that is open: making its routes takes longer than
most tests do.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from litestar.types import ASGIApp

from treadle.api.app import create_app
from treadle.runtime.engine import Engine

_open: list[Engine] = []


class Standing(Engine):
    """Whatever is asked of it is asked of the engine that is open now."""

    def __init__(self) -> None: ...

    def __getattribute__(self, name: str) -> Any:
        return getattr(_open[0], name)


@cache
def _app() -> ASGIApp:
    return create_app(Standing())


def stand_for(engine: Engine) -> None:
    """From now on the application is that of this engine."""
    _open[:] = [engine]


def app_of(engine: Engine) -> ASGIApp:
    """The application of this engine; the one of all tests, unless another engine is the one that it stands for."""
    return _app() if engine in _open else create_app(engine)
