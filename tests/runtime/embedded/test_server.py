"""The embedded server lives with its owner: deaths of every kind, guests, recovery."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.runtime.embedded.conftest import Run, postmaster, until

from treadle.runtime.embedded import Embedded
from treadle.runtime.embedded.strays import is_postmaster


def ask(server: Embedded, statement: str) -> Any:
    with psycopg.connect(server.url(), autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def test_it_is_durable_and_private(server: Embedded) -> None:
    server.start()
    names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses", "jit", "timezone")
    found = ask(server, f"select {', '.join(f'current_setting({name!r})' for name in names)}")
    assert found == ("on", "on", "on", "on", "", "off", "UTC")
    assert ask(server, "select datcollate, datlocale from pg_database where datname = 'postgres'") == ("C", "C.UTF-8")
    assert stat.S_IMODE(server.places.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.places.data.stat().st_mode) == 0o700


def test_it_starts_again_with_its_data(server: Embedded) -> None:
    server.start()
    server.start()
    assert server.role == "owner"
    ask(server, "create table if not exists kept (a integer)")
    server.stop()
    assert server.role == "stopped"
    server.stop()
    server.start()
    assert ask(server, "select count(*) from kept") == (0,)


def test_the_environment_does_not_reach_it(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "hunter2")
    monkeypatch.setenv("PGPORT", "1")
    server.start()
    assert ask(server, "show port") == ("5432",)
    proc = Path(f"/proc/{postmaster(server)}/environ")
    assert not proc.exists() or b"hunter2" not in proc.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_owner(own: Run, server: Embedded, number: int) -> None:
    owner = own("")
    pid = postmaster(server)
    owner.kill(number)
    assert until(lambda: not is_postmaster(pid, server.places.data), 5.0)
    assert until(lambda: not (server.places.data / "postmaster.pid").exists(), 5.0), "it was not shut down cleanly"


def test_it_ends_with_its_owner_also_without_the_shell(own: Run, server: Embedded) -> None:
    owner = own("")
    pid = postmaster(server)
    os.kill(owner.shell, signal.SIGKILL)
    owner.kill()
    assert until(lambda: not is_postmaster(pid, server.places.data), 5.0)


def test_a_forked_child_does_not_keep_it(own: Run, server: Embedded) -> None:
    owner = own("os.fork() or time.sleep(60)")
    pid = postmaster(server)
    owner.kill()
    assert until(lambda: not is_postmaster(pid, server.places.data), 5.0)
    server.start()
    assert server.role == "owner"


def test_a_stray_server_is_replaced(own: Run, server: Embedded) -> None:
    """Nobody is left to stop it: its owner, the shell and the shell's reader are all killed."""
    owner = own("")
    pid = postmaster(server)
    ask(server, "create table if not exists stray (a integer)")
    for child in Path(f"/proc/{owner.shell}/task/{owner.shell}/children").read_text().split():
        if int(child) != pid:
            os.kill(int(child), signal.SIGKILL)
    os.kill(owner.shell, signal.SIGKILL)
    owner.kill()
    assert is_postmaster(pid, server.places.data)
    server.start()
    assert server.role == "owner"
    assert postmaster(server) != pid
    assert ask(server, "select count(*) from stray") == (0,)


def test_it_recovers_after_a_kill(server: Embedded) -> None:
    server.start()
    ask(server, "create table if not exists hard (a integer)")
    ask(server, "insert into hard select generate_series(1, 1000)")
    os.kill(postmaster(server), signal.SIGKILL)
    assert until(lambda: server.role == "stopped")
    server.start()
    assert server.role == "owner"
    assert ask(server, "select count(*) from hard") == (1000,)


@pytest.mark.parametrize("left", ["both pid files", "only the one beside the socket"])
def test_a_pid_that_is_somebody_elses_does_not_stop_a_start(server: Embedded, left: str) -> None:
    server.start()
    server.stop()
    beside_data, beside_socket = server.places.data / "postmaster.pid", server.places.sockets / ".s.PGSQL.5432.lock"
    for file in [beside_data, beside_socket] if left == "both pid files" else [beside_socket]:
        file.write_text(f"{os.getppid()}\n{server.places.data}\n1\n5432\n\n\n  1  1\nready\n")
        if server.places.account:
            os.chown(file, server.places.account.uid, server.places.account.gid)
    assert server.role == "stopped"
    server.start()
    assert server.role == "owner"
    os.kill(os.getppid(), 0)


def test_a_second_process_joins_and_leaves(own: Run, server: Embedded) -> None:
    server.start()
    guest = own("server.stop()\nserver.start()")
    assert guest.role == "guest"
    guest.kill()
    assert server.role == "owner"
    assert ask(server, "select 1") == (1,)


def test_a_guest_takes_over_when_the_owner_is_gone(own: Run, server: Embedded) -> None:
    owner = own("")
    server.start()
    assert (owner.role, server.role) == ("owner", "guest")
    owner.kill()
    assert until(lambda: server.role == "stopped")
    server.start()
    assert server.role == "owner"
    assert ask(server, "select 1") == (1,)


def test_many_starts_at_once_have_one_owner(own: Run, server: Embedded) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        roles = [owner.role for owner in pool.map(lambda _: own(""), range(3))]
    assert sorted(roles) == ["guest", "guest", "owner"]
