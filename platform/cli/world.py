"""The world that files are checked against when no database is asked: what the installed plugins declare."""

from __future__ import annotations

import re
from collections.abc import Mapping

from treadle.dsl.catalogue import Catalogue
from treadle.runtime.host import PluginHost

_USE = re.compile(r"^use[ \t]+([a-z_][a-z0-9_]*)", re.MULTILINE)
_MEANT = re.compile(r"(?:\bwhen[ \t]+|^[ \t]+(?:\w+[ \t]*=[ \t]*)?)([a-z_][a-z0-9_]*)\.[a-z_]", re.MULTILINE)


def catalogue_for(sources: Mapping[str, str]) -> Catalogue:
    """A catalogue without accounts. Only the plugins that the files use are loaded, if all of them are there."""
    used = {name for text in sources.values() for name in _USE.findall(text)}
    meant = {name for text in sources.values() for name in _MEANT.findall(text)}  # perhaps only their `use` is missing
    host = PluginHost.load(only=used | meant)
    if not used <= set(host.specs):
        host = PluginHost.load()  # a name is wrong: the checker shall know all others to suggest the right one
    return host.catalogue()
