"""The world that files are checked against when no database is asked: what the installed plugins declare."""

from __future__ import annotations

import re
from collections.abc import Mapping

from treadle.dsl.catalogue import Catalogue
from treadle.runtime.host import PluginHost

_USE = re.compile(r"^use[ \t]+([a-z_][a-z0-9_]*)", re.MULTILINE)


def catalogue_for(sources: Mapping[str, str]) -> Catalogue:
    """A catalogue without accounts. Only the plugins that the files use are loaded, if all of them are there."""
    used = {name for text in sources.values() for name in _USE.findall(text)}
    host = PluginHost.load(only=used)
    if not used <= set(host.specs):
        host = PluginHost.load()  # a name is wrong: the checker shall know all others to suggest the right one
    return host.catalogue()
