"""A home per test, and a platform connected to a simulated Kommo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.kommo import Kommo as Kommo
from tests.acceptance.kommo_office import Office
from tests.acceptance.processes import Home, home_in

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An installation with nothing running."""
    with home_in(tmp_path) as made:
        yield made


@pytest.fixture
def kommo(home: Home) -> Kommo:
    """A simulated account and a running platform that is connected to it."""
    return connected(home)


def connected(home: Home) -> Kommo:
    """What `kommo` is, in a home of any age."""
    made = Kommo(home)
    made.start()
    home.write_rule("vip.rule", (SAMPLES / "rules/01_tag_vip.rule").read_text(encoding="utf-8"))
    home.up()
    made.connect()
    return made


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A connected platform that tests share, with the rules of `kommo_rules/`."""
    with home_in(tmp_path_factory.mktemp("office")) as home:
        made = Office(home)
        made.open()
        yield made
