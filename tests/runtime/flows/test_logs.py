from __future__ import annotations

import json
import logging
from pathlib import Path

import graphs as g
import pytest
import structlog

from treadle.runtime.logs import configure
from treadle.runtime.redaction import Redactor
from treadle.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_json_without_secrets_also_those_of_libraries(capsys):
    configure(Settings(home=Path("/nowhere")), Redactor(["hidden-secret"]))
    structlog.get_logger("a").warning("told hidden-secret", key="hidden-secret")
    logging.getLogger("library").error("old %s", "hidden-secret")
    first, second = lines(capsys)
    assert (first["event"], first["key"], first["level"]) == ("told ***", "***", "warning")
    assert (second["event"], second["level"]) == ("old ***", "error")


def test_a_traceback_shows_no_values_of_variables(capsys):
    configure(Settings(home=Path("/nowhere")), Redactor(["hidden-secret"]))
    local = "value-of-a-variable"
    try:
        raise ValueError("with hidden-secret")
    except ValueError as error:
        structlog.get_logger("a").error("broke", exc_info=error)
    (line,) = lines(capsys)
    assert "ValueError: with ***" in line["exception"]
    assert local not in line["exception"]


async def test_what_an_action_logs_names_its_run(shop, capsys):
    configure(shop.engine.settings, shop.engine.redactor)
    await shop.publish(g.rule("r", g.call("s1", "tag", order=1, tag="gold")))
    await shop.placed()
    async with shop.working():
        (row,) = await shop.ended(1)
    (line,) = [line for line in lines(capsys) if line["event"] == "tagged"]
    (step, _) = await shop.engine.store.steps(row.id)
    assert (line["rule"], line["run"], line["step"]) == ("r", str(row.id), str(step.id))
    assert line["workspace"] == str(shop.engine.store.workspace_id)
