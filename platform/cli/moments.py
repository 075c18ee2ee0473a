"""Instants as a person types them: a date, a date with a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import click

_AGO = re.compile(r"(\d{1,6}) ?([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(text: str) -> str:
    """The instant as RFC 3339: of `2026-03-01`, `2026-03-01 14:30`, `2026-03-01T14:30+01:00`; or of `90s`, `30m`, `2h`,
    `7d`, `2w`: so long ago. What names no offset is in the zone of this machine. Raises `click.BadParameter`.
    """
    try:
        if ago := _AGO.fullmatch(text):
            found = datetime.now().astimezone() - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
        else:
            found = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        message = f"{text!r} is neither a date, nor a date with a time, nor how long ago (2h, 7d)."
        raise click.BadParameter(message) from None
    return found.isoformat()


def _read(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else moment(value)


since_option = click.option("--since", metavar="WHEN", callback=_read, help="Not before: 2026-03-01, 2h (ago), 7d.")
until_option = click.option("--until", metavar="WHEN", callback=_read, help="Before: as --since.")
