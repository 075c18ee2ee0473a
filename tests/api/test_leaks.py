"""X17: secrets that were planted are seen nowhere."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from tests.api import leaking


def forms(secret: str) -> set[str]:
    """The ways in which a secret is written."""
    data = secret.encode()
    plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    return plain | {quote(secret), quote(secret, safe=""), quote_plus(secret)} | {
        base64.b64encode(data).decode().rstrip("=")[:-1], base64.urlsafe_b64encode(data).decode().rstrip("=")[:-1],
        data.hex(),
    }  # fmt: skip


@pytest.mark.slow
def test_x17_planted_secrets_are_seen_nowhere(
    database_home: Path, sentry: tuple[str, list[str]], tmp_path: Path
) -> None:
    dsn, envelopes = sentry
    command = [sys.executable, "-m", "tests.api.leaking", str(database_home), dsn, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-3000:]
    assert any("refused with" in each for each in envelopes), "nothing was reported"
    assert "request_failed" in done.stderr, "nothing was logged"
    written = ("answers", "database", "worker", "export")
    seen = {name: (tmp_path / name).read_text(encoding="utf-8") for name in written}
    seen |= {"logs": done.stdout + done.stderr, "Sentry": "\n".join(envelopes)}
    assert all(len(text) > 50 for text in seen.values()), {name: len(text) for name, text in seen.items()}
    assert "leak-9" in seen["answers"]
    for name in ("answers", "database"):
        assert "Kommo refused: " in seen[name], f"no refusal of a service in {name}"
        assert "*** ***" in seen[name], f"{name} does not tell what the service said"
    for secret in leaking.planted():
        for form in forms(secret):
            assert not (leaked := [name for name, text in seen.items() if form in text]), f"{form!r} is in {leaked}"
    for name, text in seen.items():
        assert leaking.MARK not in text, f"{name}: {text[max(0, text.index(leaking.MARK) - 200) :][:300]}"
