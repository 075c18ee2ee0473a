"""`treadle backtest`: its statuses, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Call

TEXT = """event {name}
  total: int

rule "{name}"
  when {name} as order
  where order.total >= {bound}
  do
    fail "too much: {{order.total}}"
"""


def test_a_changed_file_is_tried(call: Call, tmp_path: Path) -> None:
    name = f"order_{uuid4().hex[:8]}"
    file, event = tmp_path / f"{name}.rule", tmp_path / "event.json"
    file.write_text(TEXT.format(name=name, bound=10))
    assert call("publish", str(file)).status == 0
    for total in (5, 10):
        event.write_text(json.dumps({"total": total}))
        assert call("send", f"event.{name}", str(event)).status == 0
    same = call("backtest", str(file), "--since", "1h", "--rule", name)
    assert (same.status, same.err) == (0, "")
    assert same.out.endswith("Nothing differs that can be told.\n")

    file.write_text(TEXT.format(name=name, bound=15))
    told = call("backtest", str(file), "--since", "1h", "--rule", name)
    assert told.status == 1
    assert f'rule "{name}" (changed)\n  fires 0 times, and 1 as published (of 2 decisions); 1 differ\n' in told.out
    assert "does not fire now" in told.out
    assert "now: order.total >= 15" in told.out
    assert "fail failed: 0, and 1 as published" in told.out

    file.write_text(f'rule "{name}"\n  when nothing.there\n')
    broken = call("backtest", str(file), "--since", "1h")
    assert broken.status == 2
    assert f'1 | rule "{name}"' in broken.err
    assert "The backtest could not be done: the rule files have " in broken.err
    assert call("backtest", "--since", "2999-01-01").status == 2
