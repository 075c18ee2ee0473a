"""`treadle catalogue pull`, and `treadle check` beside the file that it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.conftest import Call

from treadle.sdk import ActionFailed, Choice

RULE = """use kommo "NAME"

rule "Move"
  when kommo.lead_created as lead
  do
    kommo.move_lead(lead_id: lead.id, stage: "Qualified")
"""


class Service:
    """What the account answers to a look-up: choices, or that it is away."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stages = [Choice("1", "New", "Sales"), Choice("2", "Qualified", "Sales")]
        self.away = False

    async def choices(self, _ctx: Any) -> dict[str, list[Choice]]:
        if self.away:
            raise ActionFailed("The service is away.")
        return {"stages": self.stages, "pipelines": [Choice("9", "Sales")]}


@pytest.fixture
def service(call: Call, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A connected account of this test alone."""
    made = Service(f"k-{uuid4().hex[:8]}")
    monkeypatch.setattr("treadle_kommo.account.choices", made.choices)
    fields = ("base_url=https://127.0.0.1:9", "access_token=t")
    assert call("connections", "add", "kommo", *fields, "--name", made.name).status == 0
    yield made
    made.away = False


def rule(folder: Path, name: str) -> Path:
    file = folder / "move.rule"
    file.write_text(RULE.replace("NAME", name))
    return file


def test_what_is_pulled_is_what_check_reads(call: Call, service: Service, tmp_path: Path) -> None:
    file = rule(tmp_path, service.name)
    assert "W202" in call("check", str(file)).out
    pulled = call("catalogue", "pull", str(tmp_path / "catalogue.json"))
    assert pulled.status == 0, pulled.err
    assert f"{service.name}: 1 pipelines, 2 stages" in pulled.out
    assert call("check", str(file), "--strict").status == 0
    first = (tmp_path / "catalogue.json").read_text()
    assert call("catalogue", "pull", str(tmp_path / "catalogue.json")).status == 0
    assert (tmp_path / "catalogue.json").read_text() == first


def test_a_rename_is_told_with_the_name_of_now(call: Call, service: Service, tmp_path: Path) -> None:
    file, catalogue = rule(tmp_path, service.name), tmp_path / "elsewhere.json"
    assert call("catalogue", "pull", str(catalogue)).status == 0
    service.stages = [Choice("1", "New", "Sales"), Choice("2", "Accepted", "Sales")]
    assert call("catalogue", "pull", str(catalogue)).status == 0
    checked = call("check", str(file), "--catalogue", str(catalogue), "--json")
    assert checked.status == 1
    (found,) = json.loads(checked.out)
    assert '"Qualified" is called "Accepted" now' in found["message"]
    assert found["fixes"][0]["edits"][0]["text"] == '"Accepted"'


def test_former_names_of_the_file_stay(call: Call, service: Service, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.json"
    assert call("catalogue", "pull", str(catalogue)).status == 0
    catalogue.write_text(catalogue.read_text().replace('"Qualified"', '"Hot"'))
    assert call("catalogue", "pull", str(catalogue), "--cached").status == 0
    stages = json.loads(catalogue.read_text())["accounts"][service.name]["choices"]["stages"]
    assert {"id": "2", "name": "Qualified", "within": "Sales", "formerly": ["Hot"]} in stages


def test_an_account_that_is_away_stays_as_it_was(call: Call, service: Service, tmp_path: Path) -> None:
    service.away = True
    pulled = call("catalogue", "pull", str(tmp_path / "c.json"), "--json").json
    assert pulled["failed"][service.name] == "The service is away."
    assert service.name in pulled["accounts"]
    assert "what was known of it is kept" in call("catalogue", "pull", str(tmp_path / "c.json")).err


def test_the_nearest_file_counts(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "sales" / "spain"
    inner.mkdir(parents=True)
    file = rule(inner, "spain")
    monkeypatch.chdir(tmp_path)
    held = (
        '{"format": 1, "accounts": {"spain": {"plugin": "kommo", "choices": {"stages": [{"id": "1", "name": "%s"}]}}}}'
    )
    (tmp_path / "catalogue.json").write_text(held % "Qualified")
    assert call("check", str(file), "--strict").status == 0
    (tmp_path / "sales" / "catalogue.json").write_text(held % "New")
    assert "E213" in call("check", str(file)).out
    monkeypatch.chdir(inner)
    assert "W202" in call("check", str(file)).out  # nothing above the working directory is looked at


def test_the_samples_are_clean_against_the_installed_plugins_and_the_recorded_accounts(call: Call) -> None:
    samples = Path(__file__).parents[1] / "samples" / "rules"
    called = call("check", str(samples), "--strict")
    assert called.status == 0, called.out
    wrong = call("check", str(samples / "02_speed_to_lead.rule"), "--catalogue", str(samples / "catalogue.json"))
    assert wrong.status == 0, wrong.out


def test_a_file_that_is_no_catalogue(call: Call, tmp_path: Path) -> None:
    file = rule(tmp_path, "spain")
    (tmp_path / "catalogue.json").write_text("{}")
    called = call("check", str(file))
    assert (called.status, called.out) == (1, "")
    assert "catalogue.json: this is no catalogue file" in called.err
    assert call("check", str(file), "--catalogue", "nowhere.json").status == 2
