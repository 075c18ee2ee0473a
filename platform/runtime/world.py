"""What rule files are checked against in this installation: the plugins' declarations and the connected accounts."""

from __future__ import annotations

from treadle.dsl.catalogue import Catalogue
from treadle.runtime.connections import Connections
from treadle.runtime.host import PluginHost


async def world(host: PluginHost, connections: Connections) -> Catalogue:
    """The catalogue of now."""
    await connections.refresh(older=1.0)
    return Catalogue(plugins=host.specs, accounts=connections.accounts())
