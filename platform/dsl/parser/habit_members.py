"""Lines under declarations that go wrong in a way of their own, and what to say then. A table; decides nothing."""

from __future__ import annotations

from treadle.dsl.parser.habit_lines import Habit

_NEVER = "what must not happen is asked by `expect nothing more` at the end"
_FIELDS = "the fields stand in braces: `given kommo.lead_created {id: 7}`"
_SEEN = "calls of actions, `start`, `emit`, `log` and `fail` can be expected"
_MOCKED = r"mock +[\w.]+(?: +\w+| *\(.*\))? *"
_LIMIT = r'limit +"[^"]*" +'

LINES = (
    # tests
    Habit(r"expect +(?:not|no|never)\b.*", _NEVER),
    Habit(r"given +[\w.]+(?: *\(.*\))? +\w+", _FIELDS),
    Habit(r"given\b.*\} *,", "each event has a line of its own"),
    Habit(r"expect +(?:cancel|stop|return|wait|approve|ask|run|try)\b.*", _SEEN),
    Habit(r"expect +[0-9]+", "each line expects one effect, so it is written as often as it happens"),
    Habit(r"expect +\w+\.\w+ *\{", "arguments stand in brackets: `expect kommo.add_note(lead_id: 7)`"),
    Habit(r'mock +ask +\w+ +"', "a mock answers whatever is asked: `mock ask judge returns {score: 5}`"),
    Habit(r'mock +approve(?: +"[^"]*")? +(?P<here>)(?:true|false)', "write `returns`", "returns "),
    Habit(r"mock +[\w.]+(?: +\w+| *\(.*\))? *(?P<here>)[{\[]", "write `returns`", "returns "),
    Habit(r"(?:given|expect +emit) +\w+ *\(", "the fields stand in braces: `order_ready {order_id: 7}`"),
    Habit(_MOCKED + r"(?P<here>return|gives|answers|=|->|:)", "write `returns`", "returns"),
    Habit(_MOCKED + r"(?P<here>fail|failed|raises|throws|error|errors)", "write `fails`", "fails"),
    # agents
    Habit(r'model +"', 'the connection stands before the name of the model: `model llm "openai/gpt-4o-mini"`'),
    Habit(r"(?:model|instructions|tools|returns|budget|turns|memory)(?P<here> *[:=])", "leave it out", ""),
    Habit(r"tools +\*", "each tool is named, so that an agent can do no more than was meant"),
    Habit(r"returns +\w+ *:", "fields stand in braces: `returns {score: int}`"),
    Habit(r"budget\b.* (?P<here>an?|each|every|/)", "write `per`", "per"),
    Habit(r"budget\b.* per +[\w.]+(?P<here>) +[0-9.]+", "put a comma", ","),
    Habit(r"memory +(?:last\b.*|[0-9]+)", "whose memory it is stands behind `per`: `memory per lead.id last 20 turns`"),
    # limits
    Habit(_LIMIT + r"at +(?P<here>least|must)", "write `most`", "most"),
    Habit(_LIMIT + r"(?P<here>)most", "write `at`", "at "),
    Habit(_LIMIT + r"at +most\b.* (?P<here>for|by|in|an?|every|each|/)", "write `per`", "per"),
    Habit(_LIMIT + r"at +most\b.* (?P<here>)(?:wait|skip)", "write `else`", "else "),
    Habit(_LIMIT + r"at +most\b.* else +(?![ws])\w+", "what is over the limit waits or is skipped"),
    # calendars
    Habit(r"[0-9]+-[0-9]+-[0-9]+ *(?P<here>-|to|until|and)", "write `..`", ".."),
    Habit(r"every +[0-9]+(?P<here>(?:st|nd|rd|th)(?: +of)?| +of)(?: +[A-Z]\w*)?", "leave it out", ""),
    Habit(r"every +[^\W\d]\w*", "a day that comes back each year is written `every 25 December`"),
)
"""Lines that go wrong in a way of their own."""

ENDS = (
    Habit(r"mock\b.*", "what it answers: `returns`, `fails` or `unknown`"),
    Habit(_LIMIT + r".* per\b.*", "what happens to the next: `else wait` or `else skip`"),
    Habit(r"approve +[\w.]+", 'who decides: `by "group"`'),
    Habit(r"budget\b.*", "for what: `per run`, `per month` or `per` and a key"),
)
"""Lines that end too early in a way of their own."""

SECOND_WORDS = {
    "expect": ("nothing", "start", "emit", "log", "fail"),
    "mock": ("ask", "approve"),
    "given": ("webhook", "by"),
}
"""What may stand behind the first word beside the name of a plugin."""

ANYTHING = frozenset(("*", "-", "–", "—", "else", "...", "…"))
"""What stands in a cell for any value elsewhere; here `_` does."""
