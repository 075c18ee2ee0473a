"""Lines of clauses and steps that go wrong in a way of their own, and what to say then. A table; decides nothing."""

from __future__ import annotations

from typing import NamedTuple


class Habit(NamedTuple):
    """A line from its beginning up to the word that does not fit (a regular expression), and what to say.

    With `instead`, the group `here` of the line is replaced by it, and `note` is the title of that fix.
    """

    line: str
    note: str
    instead: str | None = None


_LISTENS = r"(?:stop +when|wait +for)\b"
_DAYS = r"(?:when +every|only)\b"
_EVENT = r"(?:when(?! +(?:every|cron|webhook|by)\b)|stop +when|wait +for) +[\w.]+(?:\(.*\))?"
_NO_NAME = r"(?!(?:if|where|and|or|for|within|max|at|in|is|contains|up)\b)"
LINES = (
    # loops and waits
    Habit(r"for +(?P<here>)(?!each\b)\w+", "write `for each`", "each "),
    Habit(r"for +each +\w+ +(?P<here>of)", "write `in`", "in"),
    Habit(r"for +each +\w+ *,", "a loop names one thing, the item of the list"),
    Habit(r"for +each\b.* at", "a bound is written `up to 3 at once`"),
    Habit(_LISTENS + r"[^=]* (?P<here>if)", "write `where`", "where"),
    Habit(_LISTENS + r" +[\w.]+ *(?:[<>=!]=?|is|in|contains)", "an event stands here, a condition behind `where`"),
    Habit(r"wait +for\b.* (?P<here>for|within|max|at)", "write `up to`", "up to"),
    Habit(r"wait +(?P<here>for +)[0-9]\w*", "write `wait` alone", ""),
    Habit(r"wait +(?P<here>)\w+(?:\.\w+)?(?:\(.*\))? +as", "write `wait for`", "for "),
    Habit(r"wait +(?P<here>to)\b.*", "write `for`", "for"),
    Habit(r"wait +until +[0-9]+ *:", "a moment has a day too, as in `now + 2 hours`"),
    # other steps
    Habit(r"on +error +(?P<here>)[^\W\d]\w*", "write `as`", "as "),
    Habit(r"emit +\w+ *\(", "the fields stand in braces: `emit name {field: value}`"),
    Habit(r"cancel\b.* (?P<here>per|where)", "write `for`", "for"),
    Habit(r"[a-z_]\w*\.\w+ +[a-z_]\w*", "arguments stand in brackets: `kommo.add_note(lead_id: 7)`"),
    Habit(r"(?:\w+ *= *)?ask\b.* (?:retry|no)", "calls of a model are repeated by their plugin"),
    # texts
    Habit(r'.*\W(?P<here>f)"', "leave the `f` out: every text takes values in braces", ""),
    Habit(r'.*"[^"]*\{\{ *[\w.]+.*', 'one pair of braces: `"{lead.name}"`'),
    # schedules and windows
    Habit(r"when +every +[0-9]+ *:", "a time of each day is written `when every day at 09:00`"),
    Habit(r"when +every +[a-z, -]*[a-z] +(?P<here>)[0-9]+", "write `at`", "at "),
    Habit(r"only +during +[0-9]+", "for all days write `mon-sun`"),
    Habit(r"only +(?P<here>)(?!during\b)\w+", "write `only during`", "during "),
    Habit(_DAYS + r".*[a-z0-9] *(?P<here>to)", "write `-`", "-"),
    Habit(_DAYS + r".*[a-z0-9](?P<here> +and)", "write `,`", ","),
    Habit(_DAYS + r".*(?:\b[0-9]+(?:[ap]m)?|[0-9] *[ap]m)", "times are written `09:00`, from `00:00` to `23:59`"),
    Habit(r'when +every\b.* at +"', "times are written without quotes: `09:00`"),
    Habit(r"when +every\b.* at", "at times of day stand days: `when every day at 09:00`"),
    Habit(r"when +every\b.* in", "an interval has no zone; days at a time of day have one"),
    Habit(r"when\b.* catch +(?P<here>)(?:once|all)", "write `catch up`", "up "),
    Habit(r'(?:when +(?:every|cron)|only)\b.*(?:[0-9]|") +(?:"|[^\W\d]\w*)', "a zone stands behind `in`"),
    Habit(r"when +cron +[0-9*]", "a cron line stands in quotes"),
    Habit(r"when +(?P<here>each) +\w+", "write `every`", "every"),
    Habit(r"when +at +[0-9]+|when +[0-9]+", "a time of each day is written `when every day at 09:00`"),
    # events
    Habit(r'when +(?P<here>hook|http|url) +"', "write `webhook`", "webhook"),
    Habit(r'when +webhook +".*" +(?P<here>)\w+', "write `as`", "as "),
    Habit(r"when +by +hand +\w+", "a rule that is started by hand takes parameters: `when by hand (x: int)`"),
    Habit(r"(?:when|stop +when|wait +for) +[^\W\d]\w* *\(", "only triggers of a plugin take arguments"),
    Habit(_EVENT + rf" +(?P<here>){_NO_NAME}[^\W\d]\w*", "write `as`", "as "),
    Habit(r"when\b.* (?:if|where|and)", "a condition has a line of its own, which begins with `where`"),
    # how often, how many
    Habit(r"one +at +a +time\b.* (?P<here>for|by)", "write `per`", "per"),
    Habit(r"one +at +(?P<here>)time", "write `a time`", "a "),
    Habit(r"one +at +a +time\b.* else +(?P<here>wait)", "write `queue`", "queue"),
    Habit(r"one +at +a +time\b.* (?P<here>)(?:skip|queue|replace)", "write `else`", "else "),
    Habit(r"at +most\b.* (?P<here>/|an?|every|each)", "write `per`", "per"),
    Habit(r"(?:at +most|after)\b.* (?P<here>for|by)", "write `per`", "per"),
    Habit(r"at +(?P<here>least)", "write `most`", "most"),
    Habit(r"after\b.* (?P<here>)quiet", "write `of quiet`", "of "),
    Habit(r"after\b.* of +quiet\b.* as +(?P<here>)\w+", "write `as list`", "list "),
    Habit(r"including +(?P<here>)changes", "write `own`", "own "),
    Habit(r"priority *(?P<here>[=:])", "leave it out", ""),
)
"""Lines that go wrong in a way of their own."""

ENDS = (
    Habit(r"one +at +a +time\b.*", "what happens to the next: `else skip`, `else queue` or `else replace`"),
    Habit(r"when +every +[a-z, -]+", "at which time: `at 09:00`"),
    Habit(r"for +each\b.* up +to +\w+", "at most so many at a time: `up to 5 at once`"),
    Habit(r"cancel\b.*", "which one: `for` and the key of its `one at a time per`"),
)
"""Lines that end too early in a way of their own."""
