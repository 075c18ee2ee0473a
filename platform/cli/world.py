"""The world that files are checked against when no database is asked: what the installed plugins declare, and what a
catalogue file says of the accounts.

Owns where that file is looked for: as `--catalogue` says, else the nearest `catalogue.json` beside the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from treadle.cli.catalogue import NAME, chosen_file, read_accounts
from treadle.dsl.catalogue import Account, Catalogue
from treadle.runtime.host import PluginHost

_USE = re.compile(r"^use[ \t]+([a-z_][a-z0-9_]*)", re.MULTILINE)
_MEANT = re.compile(r"(?:\bwhen[ \t]+|^[ \t]+(?:\w+[ \t]*=[ \t]*)?)([a-z_][a-z0-9_]*)\.[a-z_]", re.MULTILINE)


def catalogue_for(sources: Mapping[str, str]) -> Catalogue:
    """What the files, texts by path, may name. Only the plugins that they use are loaded, if all of them are there.

    Raises `InputFault` when a catalogue file cannot be read.
    """
    used = {name for text in sources.values() for name in _USE.findall(text)}
    meant = {name for text in sources.values() for name in _MEANT.findall(text)}  # perhaps only their `use` is missing
    host = PluginHost.load(only=used | meant)
    if not used <= set(host.specs):
        host = PluginHost.load()  # a name is wrong: the checker shall know all others to suggest the right one
    return Catalogue(plugins=host.specs, accounts=_accounts(Path(each) for each in sources))


def _accounts(files: Iterable[Path]) -> dict[str, Account]:
    if (chosen := chosen_file()) is not None:
        return read_accounts(chosen)
    found = dict.fromkeys(file for folder in dict.fromkeys(each.parent for each in files) for file in _nearest(folder))
    return {name: account for file in found for name, account in read_accounts(file).items()}


def _nearest(folder: Path) -> Iterator[Path]:
    """The file in this folder, or in the first above it that has one, as far as the working directory."""
    here, top = folder.resolve(), Path.cwd()
    above = [here, *here.parents]
    within = above[: above.index(top) + 1] if top in above else above[:1]
    yield from [each / NAME for each in within if (each / NAME).is_file()][:1]
