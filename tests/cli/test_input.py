"""What a person names on the command line."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import pytest

from treadle.cli.connections import absolute, read_fields
from treadle.cli.faults import InputFault
from treadle.cli.files import read_json, rule_files, sources
from treadle.cli.moments import moment


def test_folders_give_their_rule_files_in_order_and_once(tmp_path: Path) -> None:
    for name in ("b.rule", "a.rule", "deep/c.rule", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = rule_files([tmp_path / "b.rule", tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["b.rule", "a.rule", "deep/c.rule"]


def test_line_ends_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.rule"
    file.write_bytes(b"use acme\r\n")
    assert sources([file]) == {file.as_posix(): "use acme\r\n"}


def test_a_file_that_is_no_text_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.rule").write_bytes(b"use \xff")
    with pytest.raises(InputFault, match="byte 4 is not UTF-8"):
        sources([tmp_path])


def test_numbers_of_an_event_stay_exact(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text('{"price": 0.10}')
    assert read_json(tmp_path / "e.json") == {"price": Decimal("0.10")}
    (tmp_path / "e.json").write_text('{"price": ')
    with pytest.raises(InputFault, match="not JSON"):
        read_json(tmp_path / "e.json")


def test_secrets_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("first=1\nsecond\n"))
    found = read_fields(("a=-", "base=https://x.example/?q=1", "b=-"))
    assert found == {"a": "first=1", "base": "https://x.example/?q=1", "b": "second"}
    with pytest.raises(click.UsageError, match="no line"):
        read_fields(("c=-",))
    with pytest.raises(click.UsageError, match="FIELD=VALUE"):
        read_fields(("token",))


def test_the_hook_is_shown_as_a_whole_address() -> None:
    made = absolute({"name": "a", "hook_url": "/hooks/a/s"}, "https://t.example")
    assert made == {"name": "a", "hook_url": "https://t.example/hooks/a/s"}


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2 h", 7200), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_an_instant_may_be_said_by_how_long_ago_it_was(text: str, seconds: int) -> None:
    found = datetime.fromisoformat(moment(text))
    assert abs((datetime.now(UTC) - found).total_seconds() - seconds) < 60


def test_an_instant_may_be_a_date_with_or_without_a_time_and_an_offset() -> None:
    assert moment("2026-03-01T14:30+00:00") == (datetime(2026, 3, 1, 14, 30, tzinfo=UTC).astimezone().isoformat())
    for text in ("2026-03-01", "2026-03-01 14:30"):
        assert datetime.fromisoformat(moment(text)).tzinfo is not None
    for text in ("yesterday", "2026-13-01", "999999w", ""):
        with pytest.raises(click.BadParameter, match="how long ago"):
            moment(text)
