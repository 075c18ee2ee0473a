"""What leaves for Sentry: the fault, and no secret, in a process of its own because the SDK is one per process."""

from __future__ import annotations

import subprocess
import sys

SECRET = "s3cret-token-of-a-connection"

PROGRAM = """
import sys
import structlog
import sentry_sdk
from treadle.runtime.logs import configure
from treadle.runtime.redaction import Redactor
from treadle.runtime.settings import Settings

secret = sys.argv[2]
configure(Settings.read({"SENTRY_DSN": sys.argv[1]}), Redactor([secret]))

def call(token):
    raise RuntimeError(f"refused with {token}")

try:
    call(secret)
except RuntimeError as error:
    structlog.get_logger("treadle.test").error("call_failed", header=f"Bearer {secret}", exc_info=error)
sentry_sdk.flush(5)
"""


def test_an_error_is_reported_without_secrets_and_local_variables(sentry: tuple[str, list[str]]) -> None:
    dsn, got = sentry

    done = subprocess.run([sys.executable, "-c", PROGRAM, dsn, SECRET], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert any("call_failed" in envelope for envelope in got)
    assert any("RuntimeError" in envelope for envelope in got)
    assert not any(SECRET in envelope for envelope in got)
    assert not any('"vars"' in envelope for envelope in got)
    assert SECRET not in done.stderr
