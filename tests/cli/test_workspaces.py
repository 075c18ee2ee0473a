"""`treadle workspaces` and `--workspace`: making one, working in it, and nothing of it in the first one."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Call

RULE = 'rule "Only there"\n  when by hand\n  do\n    log "x"\n'


def test_commands_work_in_the_workspace_that_they_name(call: Call, database_home: Path, tmp_path: Path) -> None:
    slug, file = f"w-{uuid4().hex[:12]}", tmp_path / "there.rule"
    file.write_text(RULE, encoding="utf-8")
    made = call("workspaces", "create", slug, "--name", "There")
    kept = database_home / "keys" / slug
    assert (kept.stat().st_mode & 0o777, kept.read_text(encoding="ascii").strip() in made.out) == (0o600, False)
    assert call("--workspace", slug, "publish", str(file)).status == 0
    assert "Only there" in call("--workspace", slug, "rules").out
    assert "Only there" not in call("--workspace", "main", "rules").out
    assert slug in call("--workspace", "main", "workspaces").out
    assert call("--workspace", "main", "workspaces", "create", slug).status == 1
    renamed = call("--workspace", slug, "workspaces", "rename", slug, "--slug", f"{slug}-2")
    assert renamed.out == f"workspace {slug}-2, called There\n"
    assert [each["slug"] for each in call("--workspace", f"{slug}-2", "workspaces", "--json").json] == [f"{slug}-2"]
    nowhere = call("--workspace", "no-such-one", "rules")
    assert (nowhere.status, "in the workspace no-such-one" in nowhere.err) == (3, True)
