"""The codes of constructs that this version reads and does not run yet (E5xx). Owns their texts and nothing else.

A number stays with its construct: when the construct is built, its code retires and is not given again.
"""

from __future__ import annotations

from treadle.dsl.codes import Code

_HEAD = 'use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n'


def _later(number: str, construct: str, does: str, wrong: str) -> Code:
    return Code(
        number=f"E{number}",
        summary=f"`{construct}` is not built yet",
        message=f"`{construct}` is part of the language, but this version does not run it yet",
        explanation=f"`{construct}` {does}. It is known and left as it is, and cannot be published with this version.",
        wrong=wrong,
        right=f"{_HEAD}  do\n    stop\n",
    )


def _clause(number: str, construct: str, does: str, line: str) -> Code:
    return _later(number, construct, does, f"{_HEAD}  {line}\n  do\n    stop\n")


def _when(number: str, construct: str, does: str, line: str) -> Code:
    return _later(number, construct, does, f'rule "Example"\n  {line}\n  do\n    stop\n')


def _step(number: str, construct: str, does: str, *lines: str) -> Code:
    return _later(number, construct, does, f"{_HEAD}  do\n" + "".join(f"    {line}\n" for line in lines))


TABLE = _later(
    "501", "table", "decides by rows of conditions", 'table size(n: int) -> text\n  | n | ->    |\n  | _ | "any" |\n'
)
EVENT = _later("502", "event", "declares an event of your own", "event order_ready\n  order_id: int\n")
AGENT = _later(
    "503", "agent", "declares a language model with tools and a budget", 'agent judge\n  model llm "some/model"\n'
)
LIMIT = _later(
    "504",
    "limit",
    "bounds effects across all rules",
    'limit "calm" at most 2 messages per 1 day per contact else wait\n',
)
CALENDAR = _later("505", "calendar", "names holidays", "calendar holidays\n  every 25 December\n")
TEST = _later("506", "test", "tries rules on given events", 'test "nothing happens"\n  expect nothing\n')
SHARED = _later("507", "shared", "shows a declaration to other files", "shared let hot = 70\n")

OFF = _clause("511", "off", "keeps a rule without running it", "off")
EVERY = _when("512", "when every", "fires by the clock", "when every 15 min")
CRON = _when("513", "when cron", "fires by a cron line", 'when cron "0 9 * * 1-5"')
WEBHOOK = _when("514", "when webhook", "gives a rule an address of its own", 'when webhook "signup" as hook')
BY_HAND = _when("515", "when by hand", "gives a rule a button", "when by hand (x: int)")
OWN_EVENT = _when("516", "when EVENT", "hears an event of your own", "when order_ready as order")
AT_MOST = _clause("517", "at most", "throttles a rule", "at most 1 per 1 hour")
QUIET = _clause("518", "after DURATION of quiet", "waits until events pause", "after 5 min of quiet per lead.id")
ONE_AT_A_TIME = _clause("519", "one at a time", "keeps runs of one key apart", "one at a time per lead.id else skip")
STOP_WHEN = _clause(
    "520", "stop when", "ends a run on an event", "stop when kommo.message_received as m where m.contact_id == 1"
)
ONLY_DURING = _clause(
    "521", "only during", "holds effects back to a window", 'only during mon-fri 09:00-19:00 in "Europe/Madrid"'
)
PRIORITY = _clause("522", "priority", "orders the rules of one event", "priority 5")
STOP_AFTER = _clause("523", "stop after", "keeps lower rules from firing", "stop after")
OWN_CHANGES = _clause("524", "including own changes", "lets a rule hear itself", "including own changes")
REHEARSE = _clause("525", "rehearse", "records effects without sending them", "rehearse")

MATCH = _step("531", "match", "branches by value", "match lead.name", '  case "a"', "    stop")
FOR_EACH = _step("532", "for each", "repeats steps over a list", "for each tag in lead.tags", "  stop")
TOGETHER = _step("533", "together", "runs steps at the same time", "together", '  log "a"', '  log "b"')
WAIT_UNTIL = _step("534", "wait until", "waits for a moment", "wait until lead.created_at + 1 day")
WAIT_FOR = _step(
    "535",
    "wait for",
    "waits for an event",
    "wait for kommo.message_received as m where m.contact_id == 1 up to 1 day",
    "on timeout",
    "  stop",
)
APPROVE = _step(
    "536", "approve", "asks a person", 'ok = approve "Go?" by "manager" up to 2 days', "on timeout", "  stop"
)
TRY = _step("537", "try", "handles errors of steps", "try", "  stop", "on error as e", '  log "{e.message}"')
RUN = _step("538", "run", "starts a sequence and waits for its result", 'x = run "Other"()')
CANCEL = _step("539", "cancel", "ends a live sequence", 'cancel "Other" for lead.id')
ASK = _step("540", "ask", "lets an agent work", 'verdict = ask judge "Is {lead.name} good?"')
EMIT = _step("541", "emit", "sends an event of your own", "emit order_ready {order_id: 1}")
RETURN = _step("542", "return", "ends a sequence with a value", "return 1")

BUSINESS_DAYS = _step(
    "551",
    "business day",
    "counts days of a calendar",
    'kommo.create_task(lead_id: lead.id, text: "x", due: now + 1 business day)',
)
