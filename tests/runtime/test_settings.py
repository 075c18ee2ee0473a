"""Reading the environment: defaults, wrong values, and that nothing secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.runtime.settings import Settings, SettingsError

SECRETS = {
    "DATABASE_URL": "postgresql://u:hunter2@db/x",
    "REDIS_URL": "rediss://:hunter2@r",
    "ENCRYPTION_KEY": "hunter2",
    "SENTRY_DSN": "https://hunter2@s/1",
    "TREADLE_KEY": "trd_hunter2",
}


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.read({})
    assert settings.home == tmp_path / ".treadle"
    assert (settings.queue_name, settings.job_concurrency, settings.env) == ("agent-jobs", 5, "dev")
    assert (settings.database_url, settings.redis_url, settings.port, settings.allow_hosts) == (None, None, None, "")


def test_everything_is_read() -> None:
    given = SECRETS | {
        "TREADLE_HOME": "/srv/t",
        "JOB_QUEUE_NAME": "q",
        "JOB_CONCURRENCY": "7",
        "TREADLE_ALLOW_HOSTS": "127.0.0.1:9,10.0.0.0/8",
        "TREADLE_URL": "https://t.example",
        "TREADLE_ENV": "production",
        "PORT": "8080",
        "TREADLE_RETENTION_DAYS": "90",
        "TREADLE_MOST_RUNS_OF_RULE": "5000",
        "TREADLE_MOST_RUNS_OF_KEY": "50",
        "TREADLE_LANGUAGE_PROCESSES": "3",
        "HOME": "/root",
    }
    settings = Settings.read(given)
    assert settings.database_url == SECRETS["DATABASE_URL"]
    assert (settings.home, settings.queue_name, settings.job_concurrency) == (Path("/srv/t"), "q", 7)
    assert (settings.encryption_keys, settings.key) == ("hunter2", "trd_hunter2")
    assert (settings.url, settings.env, settings.port) == ("https://t.example", "production", 8080)
    assert settings.retention_days == 90
    assert (settings.most_runs_of_rule, settings.most_runs_of_key) == (5000, 50)
    assert settings.language_processes == 3
    assert settings.allow_hosts == "127.0.0.1:9,10.0.0.0/8"


def test_an_argument_beats_the_environment() -> None:
    settings = Settings.read({"TREADLE_HOME": "/a", "PORT": "1"}, home=Path("/b"), port=2)
    assert (settings.home, settings.port) == (Path("/b"), 2)


def test_an_empty_value_is_not_set() -> None:
    settings = Settings.read({"DATABASE_URL": "", "PORT": " ", "JOB_CONCURRENCY": ""})
    assert (settings.database_url, settings.port, settings.job_concurrency) == (None, None, 5)
    assert settings.retention_days == 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "postgresql://[hunter2"),
        ("REDIS_URL", "http://hunter2"),
        ("SENTRY_DSN", "hunter2"),
        ("TREADLE_URL", "ftp://x"),
        ("JOB_CONCURRENCY", "0"),
        ("JOB_CONCURRENCY", "many"),
        ("JOB_CONCURRENCY", "1_0"),
        ("JOB_CONCURRENCY", "\u0663"),
        ("TREADLE_RETENTION_DAYS", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "9" * 5000),
        ("TREADLE_ENV", "staging"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({name: value})
    message = str(caught.value)
    assert message.startswith(name)
    assert "hunter2" not in message
    assert "\n" not in message


def test_two_encryption_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="ENCRYPTION_KEYS"):
        Settings.read({"ENCRYPTION_KEY": "a", "ENCRYPTION_KEYS": "b"})


def test_nothing_secret_is_shown() -> None:
    settings = Settings.read(SECRETS)
    shown = dict(settings.shown())
    assert "hunter2" not in f"{shown} {settings!r} {settings}"
    assert {shown[name] for name in ("DATABASE_URL", "REDIS_URL", "ENCRYPTION_KEYS", "SENTRY_DSN", "TREADLE_KEY")} == {
        "set"
    }
    assert shown["TREADLE_URL"] == "not set"
    assert shown["JOB_CONCURRENCY"] == "5"
