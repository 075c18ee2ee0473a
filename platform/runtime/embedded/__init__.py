"""A real Postgres without installing one: found in a wheel, run as our child, gone when we are gone.

`Embedded(home).start()` starts or joins the server of a TREADLE_HOME. Owns processes, files and permissions; knows
nothing of tables.
"""

from __future__ import annotations

from treadle.runtime.embedded.errors import EmbeddedError
from treadle.runtime.embedded.server import Embedded

__all__ = ["Embedded", "EmbeddedError"]
