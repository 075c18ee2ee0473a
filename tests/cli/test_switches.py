"""`treadle rules`: listed and switched on the command line."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Call

RULES = """rule "{name}"
  when webhook "{name}" as hook
  do
    log hook.text
"""


def test_rules_are_listed_with_their_addresses_and_switched(call: Call, tmp_path: Path) -> None:
    name = f"a/b {uuid4().hex[:8]}"
    file = tmp_path / "r.rule"
    file.write_text(RULES.format(name=name))
    previewed = call("publish", str(file), "--preview", "--policy", "move").out
    assert f"would be live: 1 rule ({name}), 0 sequences" in previewed
    assert call("publish", str(file)).status == 0
    (rule,) = call("rules", "--json").json
    assert (rule["name"], rule["state"]) == (name, "on")
    listed = call("rules", "list").out
    assert name in listed
    assert f"{rule['webhooks'][0]['address']}  ({name})" in listed
    assert call("rules", "off", name).out == f"off: {name}; 0 runs stopped\n"
    assert call("rules", "rehearse", name).out == f"rehearse: {name}\n"
    assert call("rules", "on", name, "--json").json["rule"]["switch"] is None
    unknown = call("rules", "off", "nothing like it")
    assert (unknown.status, "there is no live rule" in unknown.err.lower()) == (1, True)
