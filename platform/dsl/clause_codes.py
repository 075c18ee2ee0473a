"""The codes of wrong header clauses (E411 to E416). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code


def _clocked(clause: str) -> str:
    return f'rule "Example"\n  {clause}\n  do\n    log "x"\n'


TRIGGERS_MIX = Code(
    number="E411",
    summary="triggers that do not go together",
    message="`{second}` cannot stand beside `{first}`: the steps could not tell which names they have",
    explanation="Events and webhooks bring an event with a name; a schedule brings none, and `by hand` brings its "
    "parameters. A rule has one kind of them, so that its names are there whatever started it. `by hand` without "
    "parameters may stand beside a schedule.",
    wrong=a_rule(A_NOTE, head="when every 1 hour"),
    right=_clocked("when every 1 hour"),
)

UNKNOWN_EVENT = Code(
    number="E412",
    summary="no such event",
    message="There is no event `{name}`",
    explanation="An event of one's own is declared with `event` in this or another file; an event of a plugin is "
    "written with the plugin's name before it.",
    wrong="event order_ready\n  order_id: int\n\n" + 'rule "Example"\n  when order_redy as order\n  do\n    log "x"\n',
    right="event order_ready\n  order_id: int\n\n"
    'rule "Example"\n  when order_ready as order\n  do\n    log "{order.order_id}"\n',
)

UNKNOWN_ZONE = Code(
    number="E413",
    summary="no such time zone",
    message="There is no time zone {name}",
    explanation="Time zones are named as in the IANA database: `Europe/Madrid`, `America/New_York`, `UTC`.",
    wrong=_clocked('when every weekday at 09:00 in "Europe/Madird"'),
    right=_clocked('when every weekday at 09:00 in "Europe/Madrid"'),
)

BAD_CRON = Code(
    number="E414",
    summary="a cron line cannot be read",
    message="This cron line cannot be read: {reason}",
    explanation="A cron line has five fields: minute, hour, day of the month, month, day of the week (0 and 7 are "
    "Sunday). `when every weekday at 09:00` says the same in words.",
    wrong=_clocked('when cron "0 25 * * 1-5"'),
    right=_clocked('when cron "0 9 * * 1-5"'),
)

UNKNOWN_CALENDAR = Code(
    number="E415",
    summary="no such calendar",
    message="There is no calendar `{name}`",
    explanation="`except` names a `calendar` that this or another file declares.",
    wrong="calendar holidays\n  every 25 December\n\n"
    + a_rule(A_NOTE, head="only during mon-fri 09:00-19:00 except holiday"),
    right="calendar holidays\n  every 25 December\n\n"
    + a_rule(A_NOTE, head="only during mon-fri 09:00-19:00 except holidays"),
)

NOTHING_TO_LIST = Code(
    number="E416",
    summary="a list of events without events",
    message="`as list` gathers events, and this rule hears none",
    explanation="`after 5 min of quiet ... as list NAME` gives the events that came before the pause. A schedule and a "
    "person bring no event.",
    wrong=_clocked("when every 1 hour\n  after 5 min of quiet as list hours"),
    right=a_rule('log "{count(leads)}"', head="after 5 min of quiet as list leads"),
)
