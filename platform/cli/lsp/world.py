"""What the language server checks against: the plugins that are installed, and the accounts of a platform that runs.

Owns asking that platform; a catalogue file beside the rules is read with them (`folders`) and holds before this.
"""

from __future__ import annotations

from pathlib import Path

from treadle.dsl.catalogue import Account, Catalogue


def installed() -> Catalogue:
    """The plugins of this installation, and no account."""
    from treadle.runtime.host import PluginHost

    return Catalogue(plugins=PluginHost.load().specs)


async def accounts() -> dict[str, Account]:
    """What the platform of TREADLE_URL, or the one that this home announces, last saw of its accounts; else nothing."""
    import httpx
    import msgspec

    from treadle.cli.client import api_at
    from treadle.cli.environment import key, running, settings
    from treadle.cli.faults import InputFault, WorldFailed
    from treadle.runtime.settings import SettingsError

    try:
        here = settings()
        found = None if here.url else running(here.home)
        url = here.url or (found.url if found else None)
        if url is None:
            return {}
        async with api_at(url, key(here, Path(found.home) if found else None)) as api:
            answer = await api.get("/catalogue")
        return msgspec.convert(answer["accounts"], dict[str, Account])
    except (SettingsError, WorldFailed, InputFault, httpx.HTTPError, msgspec.ValidationError, KeyError, TypeError):
        return {}
