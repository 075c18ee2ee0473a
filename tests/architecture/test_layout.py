"""The house stands: links, names that must not exist, and the direction of imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_links_lead_to_the_real_folders() -> None:
    want = {path.name: path for path in (ROOT / "platform").iterdir() if (path / "__init__.py").exists()}
    want["api"] = ROOT / "api"

    have = {path.name: path.resolve() for path in (ROOT / "src/treadle").iterdir() if path.is_symlink()}

    assert have == want


def test_the_standard_library_keeps_its_platform_module() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_no_module_shadows_the_standard_library() -> None:
    banned = {"ast.py", "types.py", "token.py", "queue.py", "secrets.py", "platform.py"}

    found = [path for folder in ("platform", "api", "plugins") for path in (ROOT / folder).rglob("*.py")]

    assert [path for path in found if path.name in banned] == []


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


def test_every_plugin_is_a_distribution_with_the_same_file_names() -> None:
    for plugin in (ROOT / "plugins").iterdir():
        if not plugin.is_dir():
            continue
        package = plugin / "src" / f"treadle_{plugin.name}"
        for path in (plugin / "pyproject.toml", plugin / "README.md", package / "__init__.py", package / "py.typed"):
            assert path.exists(), path
        assert (package / "actions.py").exists() or (package / "actions").is_dir(), package
