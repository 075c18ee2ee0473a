"""Making the server's data folder and the arguments it starts with. Starts no server."""

from __future__ import annotations

import shutil
import subprocess

from treadle.runtime.embedded.binaries import Binaries, as_account
from treadle.runtime.embedded.errors import EmbeddedError
from treadle.runtime.embedded.places import Places

PORT = 5432  # names the socket file only; nothing listens on the network


def make(places: Places, binaries: Binaries) -> None:
    """Make the data folder unless it is there. A crash on the way leaves none, so the next start begins again."""
    if (places.data / "PG_VERSION").exists():
        return
    fresh = places.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    # The provider `builtin` sorts alike on every system and has no version that could break an index.
    command = [
        *(binaries.folder / "initdb", "-D", fresh, "-U", "postgres", "-E", "UTF8", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--data-checksums", "--auth-local=trust", "--auth-host=reject"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **as_account(places.account))  # type: ignore[call-overload]
    if done.returncode != 0:
        raise EmbeddedError(f"The database's files cannot be made in {places.folder}: {_last_line(done.stderr)}")
    fresh.rename(places.data)


def arguments(places: Places, binaries: Binaries) -> list[str]:
    """The command that runs the server: on a private socket only, durable, sized for a small machine."""
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(places.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "128MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "autovacuum_naptime": "15s",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    if binaries.major >= 18:
        settings["io_method"] = "sync"  # the worker processes of 18 cost memory and gain nothing on a small database
    pairs = [f"{name}={value}" for name, value in settings.items()]
    return [
        str(binaries.folder / "postgres"),
        "-D",
        str(places.data),
        *(part for pair in pairs for part in ("-c", pair)),
    ]


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "initdb said nothing")
