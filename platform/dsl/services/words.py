"""What the words of the language mean, one sentence each, and the snippets that begin a declaration, a clause, a step.

Snippets are in the form of editors: `$1`, `${2:name}`, `$0`. Lines under the first are indented from it by `fmt`'s two
spaces; completion moves them to where the cursor stands.
"""

from __future__ import annotations

import msgspec


class Snippet(msgspec.Struct, frozen=True):
    """`label` is what is shown and typed."""

    label: str
    body: str
    doc: str


WORDS: dict[str, str] = {
    "edition": "The edition of the language that the file is written in. It stands first.",
    "use": "Brings a plugin's triggers, actions and types under a name, through a stored connection.",
    "let": "A constant, computed when the file is loaded.",
    "function": "One pure expression with parameters.",
    "table": "A decision table: the first row that matches gives the value.",
    "event": "An event of your own: `emit` sends it, `when` hears it.",
    "agent": "A language model with instructions, tools that it may call, a typed answer and a budget.",
    "limit": "A bound on effects across all rules.",
    "calendar": "Days that are no business days, for `except` and business days.",
    "rule": "Hears events and acts.",
    "sequence": "Steps over time, started by rules, the API or a person.",
    "test": "Given events on a virtual clock, expected effects.",
    "shared": "Lets every file of the workspace see the name.",
    "off": "Kept and checked, not run.",
    "when": "What starts the rule: an event, a schedule, a webhook, a person. Several lines are alternatives.",
    "where": "Must be true for the rule to fire.",
    "once": "At most one firing per key, remembered for a year unless `within` says less.",
    "at": "`at most N per DURATION`: what is over it is dropped and recorded so. In a test, sets the clock.",
    "after": "`after DURATION of quiet`: fires when nothing more has come. In a test, moves the clock.",
    "one": "`one at a time per KEY`: at most one live run per key; `else` says what becomes of another.",
    "stop": "Ends the run. In a header, `stop when` ends it by an event, also in the middle of a wait.",
    "only": "`only during`: effects happen only in the window; a run outside it sleeps until it opens.",
    "priority": "The order among the rules that one event fires, higher ones first.",
    "including": "`including own changes`: the rule also hears what its own runs did.",
    "rehearse": "Everything runs; effects are recorded and not sent.",
    "do": "The steps stand under it.",
    "if": "Steps that run when the condition holds.",
    "else": "What happens otherwise.",
    "match": "Branches by a value.",
    "case": "A branch of `match`: one or more values.",
    "for": "`for each x in LIST`: the steps under it for each item, one at a time or several at once.",
    "together": "The steps right under it run in parallel; all finish, then a failure counts.",
    "wait": "Sleeps durably: for a duration, until a moment, or for an event.",
    "on": "`on timeout` behind a wait, `on error` behind `try`.",
    "approve": "A person of a group decides, in the editor, by the API or a signed link.",
    "try": "What fails under it is handled under `on error`.",
    "start": "Starts a sequence and goes on.",
    "run": "Starts a sequence and waits for what it returns.",
    "cancel": "Ends the live run of a sequence with this key.",
    "ask": "Asks an agent; each call of the model and of a tool is a recorded step.",
    "emit": "Sends an event of your own.",
    "log": "Writes a line into the run's history.",
    "return": "Ends the sequence with a value.",
    "fail": "Ends the run as failed, with a message.",
    "model": "The connection and the models that are asked; those behind the first are fallbacks.",
    "instructions": "What the model is told before all else.",
    "tools": "The actions that the agent may call.",
    "returns": "The type of the answer.",
    "budget": "The most that may be spent, checked before each call.",
    "turns": "The most turns of one `ask`.",
    "memory": "What is remembered between asks, per key.",
    "given": "An event comes in.",
    "mock": "What an action, an agent or an approval answers in this test.",
    "expect": "What must have happened, in this order.",
}

DECLARATIONS = (
    Snippet(
        "rule",
        'rule "${1:Name}"\n  when ${2:plugin.trigger} as ${3:event}\n  do\n    $0',
        "A rule: what it hears, what it does.",
    ),
    Snippet("sequence", 'sequence "${1:Name}"(${2:x}: ${3:text})\n  do\n    $0', "Steps over time with parameters."),
    Snippet(
        "table",
        'table ${1:name}(${2:x}: ${3:text}) -> ${4:number}\n  | $2 | -> |\n  | ${5:"a"} | ${6:1} |\n  | _ | ${7:0} |',
        "A decision table.",
    ),
    Snippet(
        "agent",
        'agent ${1:name}\n  model ${2:llm} "${3:openai/gpt-4o-mini}"\n  instructions """\n    $0\n  """\n'
        "  returns {${4:answer}: ${5:text}}\n  budget ${6:0.05} usd per run",
        "A language model with instructions, an answer's type and a budget.",
    ),
    Snippet(
        "test",
        'test "${1:what is shown}"\n  given ${2:plugin.trigger} {$3}\n  expect ${0:nothing}',
        "Events given, effects expected.",
    ),
    Snippet("event", "event ${1:name}\n  ${2:id}: ${3:int}", "An event of your own with its fields."),
    Snippet("function", "function ${1:name}(${2:x}: ${3:text}) -> ${4:text} = $0", "One pure expression."),
    Snippet(
        "limit",
        'limit "${1:name}" at most ${2:2} messages per ${3:1 day} per ${4:contact} else ${5|wait,skip|}',
        "A bound across all rules.",
    ),
    Snippet("calendar", "calendar ${1:holidays}\n  every ${2:25 December}", "Days that are no business days."),
)

CLAUSES = (
    Snippet("when every", "when every ${1:monday} at ${2:09:00}", "A schedule."),
    Snippet("when webhook", 'when webhook "${1:path}" as ${2:hook}', "An address of the rule's own."),
    Snippet("when by hand", "when by hand (${1:x}: ${2:text})", "A button in the editor, a call of the API."),
    Snippet("once per", "once per ${1:key}", WORDS["once"]),
    Snippet("at most", "at most ${1:5} per ${2:1 hour}", "A throttle over a sliding window."),
    Snippet("after ... of quiet", "after ${1:10 min} of quiet per ${2:key}", "Debounce."),
    Snippet("one at a time", "one at a time per ${1:key} else ${2|skip,queue,replace|}", WORDS["one"]),
    Snippet("stop when", "stop when ${1:plugin.trigger} as ${2:x} where ${3:condition}", "Ends the run."),
    Snippet("only during", "only during ${1:mon-fri} ${2:09:00}-${3:19:00}", WORDS["only"]),
)

STEPS = (
    Snippet("if ... else", "if ${1:condition}\n  $2\nelse\n  $0", "Two branches."),
    Snippet("for each", "for each ${1:x} in ${2:list}\n  $0", WORDS["for"]),
    Snippet("match", 'match ${1:value}\n  case ${2:"a"}\n    $3\n  else\n    $0', WORDS["match"]),
    Snippet("try", 'try\n  $1\non error as ${2:e}\n  ${0:log "{e.message}"}', WORDS["try"]),
    Snippet(
        "wait for ... on timeout",
        "wait for ${1:plugin.trigger} as ${2:x} where ${3:condition} up to ${4:1 day}\non timeout\n  $0",
        "Until the event comes, or the time is over.",
    ),
    Snippet(
        "approve ... on timeout",
        '${1:ok} = approve "${2:question}" by "${3:group}" up to ${4:1 day}\non timeout\n  $0',
        WORDS["approve"],
    ),
    Snippet("together", "together\n  $0", WORDS["together"]),
)

MEMBERS: dict[str, tuple[Snippet, ...]] = {
    "test": (
        Snippet("given", "given ${1:plugin.trigger} {$2}", WORDS["given"]),
        Snippet("mock", "mock ${1:plugin.action} returns {$2}", WORDS["mock"]),
        Snippet("expect", "expect ${1:plugin.action}($2)", WORDS["expect"]),
    ),
    "agent": (Snippet("budget", "budget ${1:0.05} usd per run, ${2:20} usd per month", WORDS["budget"]),),
}
