"""Instants as a person types them: a date, a date with a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d{1,6}) ?([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Moment(click.ParamType[str]):
    """`2026-03-01`, `2026-03-01 14:30`, `2026-03-01T14:30+01:00`; or `90s`, `30m`, `2h`, `7d`, `2w`: so long ago.

    The value is RFC 3339 text. What names no offset is in the zone of this machine.
    """

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        try:
            if ago := _AGO.fullmatch(value):
                moment = datetime.now().astimezone() - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
            else:
                moment = datetime.fromisoformat(value).astimezone()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a date, nor a date with a time, nor how long ago (2h, 7d).", param, ctx)
        return moment.isoformat()


since_option = click.option("--since", metavar="WHEN", type=Moment(), help="Not before: 2026-03-01, 2h (ago), 7d.")
until_option = click.option("--until", metavar="WHEN", type=Moment(), help="Before: as --since.")
