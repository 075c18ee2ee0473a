"""What people bring from other languages, and how it is said here. Tables of words and signs; decides nothing."""

from __future__ import annotations

SIGNS = {
    "&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=", "&": "and",
    "|": "or", "–": "-", "—": "-",
}  # fmt: skip
"""Signs of other languages, and what is written here instead."""

SIGN_NOTES = {
    "'": 'texts stand in `"`', "`": 'texts stand in `"`', "“": 'texts stand in `"`', "”": 'texts stand in `"`',
    "‘": 'texts stand in `"`', "’": 'texts stand in `"`', "«": 'texts stand in `"`',
    ";": "each step has a line of its own",
    "++": "there is no `++`; a value is given its name once",
    "**": "powers are not part of the language",
    "//": "a comment begins with `#`",
    "$": 'values stand in a text as `"{lead.name}"`, money is written `5 usd`',
}  # fmt: skip
"""Signs that nothing replaces one by one."""

MISSING = frozenset(("null", "none", "nil", "missing", "undefined", "empty", "None", "Null", "NULL"))
"""What stands for nothing elsewhere; here `is set` asks."""

NOTES = {
    "?": "a choice is written `a if test else b`",
    ":": "no colon: what belongs to a line stands deeper under it",
    "then": "no word stands behind a condition: its steps stand deeper under it",
    "{": "no braces: what belongs to a line stands deeper under it",
    "exists": "write `is set`",
    "between": "write `x >= low and x <= high`",
    "..": "ranges stand in cells of tables; elsewhere write `x >= low and x <= high`",
    "like": 'write `contains`, `starts with`, `ends with` or `matches "..."`',
    "equals": "write `==`",
    "->": "a field stands behind `.`, and a function of each item is written `x => ...`",
}
"""Notes on what does not fit."""

UNITS = {
    "month": "months differ in length: write `30 days`",
    "months": "months differ in length: write `30 days`",
    "year": "years differ in length: write `365 days`",
    "years": "years differ in length: write `365 days`",
    "ms": "write it in seconds: `0.5 s`",
    "eur": "money is in US dollars: `5 usd`",
    "euro": "money is in US dollars: `5 usd`",
    "euros": "money is in US dollars: `5 usd`",
    "dollars": "money is in US dollars: `5 usd`",
    "emails": "a limit counts `messages`, `calls of kommo` or `usd spend`",
    "sms": "a limit counts `messages`, `calls of kommo` or `usd spend`",
}
"""Units that the language does not have."""

_GIVES = "a value is given its name by `name = ...`"
_LOOP = "loops go over a list: `for each x in list`"
_CALL = "an action is called by `plugin.action(...)`"
_ERRORS = "errors are caught by `on error as e` after `try`"

STEPS = {
    "sleep": "did you mean `wait`?", "delay": "did you mean `wait`?", "pause": "did you mean `wait`?",
    "elif": "did you mean `else if`?", "elsif": "did you mean `else if`?", "elseif": "did you mean `else if`?",
    "print": "did you mean `log`?", "echo": "did you mean `log`?",
    "raise": "did you mean `fail`?", "throw": "did you mean `fail`?",
    "exit": "did you mean `stop`?", "quit": "did you mean `stop`?", "end": "did you mean `stop`?",
    "switch": "did you mean `match`?", "select": "did you mean `match`?", "default": "did you mean `else`?",
    "parallel": "did you mean `together`?", "concurrently": "did you mean `together`?",
    "publish": "did you mean `emit`?", "trigger": "did you mean `emit`?", "launch": "did you mean `start`?",
    "kill": "did you mean `cancel`?", "catch": _ERRORS, "except": _ERRORS, "rescue": _ERRORS, "finally": _ERRORS,
    "unless": "write `if not ...`",
    "let": _GIVES, "set": _GIVES, "var": _GIVES, "const": _GIVES,
    "foreach": _LOOP, "while": _LOOP, "loop": _LOOP, "repeat": _LOOP,
    "call": _CALL, "await": _CALL, "execute": _CALL, "send": _CALL,
}  # fmt: skip
"""Words that begin a step elsewhere."""

GIVEN = {
    "start": "`run` starts a sequence and gives its result",
    "wait": "what is waited for is named by `as`: `wait for order_ready as order`",
    "match": "the steps under a `case` give the name: `x = ...`",
    "emit": "an event gives no result",
}
"""Words that give nothing to the name before `=`."""

CLAUSES = {
    "if": "the condition of a rule stands behind `where`", "filter": "did you mean `where`?",
    "condition": "did you mean `where`?", "unless": "write `where not ...`",
    "on": "did you mean `when`?", "trigger": "did you mean `when`?", "event": "did you mean `when`?",
    "every": "did you mean `when every`?", "schedule": "did you mean `when every`?",
    "cron": "did you mean `when cron`?", "webhook": "did you mean `when webhook`?",
    "manual": "did you mean `when by hand`?",
    "limit": "write `at most 3 per 1 hour`", "throttle": "write `at most 3 per 1 hour`",
    "debounce": "write `after 5 min of quiet`", "unique": "did you mean `once per`?",
    "dedupe": "did you mean `once per`?", "concurrency": "did you mean `one at a time`?",
    "disabled": "did you mean `off`?", "disable": "did you mean `off`?", "enabled": "a rule runs unless it says `off`",
    "during": "did you mean `only during`?", "until": "did you mean `stop when`?",
    "cancel": "did you mean `stop when`?",
    "dry": "did you mean `rehearse`?", "test": "did you mean `rehearse`?",
}  # fmt: skip
"""Words that begin a header clause elsewhere."""

DECLARATIONS = {
    "import": "use", "include": "use", "require": "use", "const": "let", "var": "let", "set": "let", "def": "function",
    "func": "function", "fn": "function", "workflow": "rule", "automation": "rule", "trigger": "rule",
    "assistant": "agent", "bot": "agent", "llm": "agent", "quota": "limit", "throttle": "limit", "holidays": "calendar",
    "decision": "table", "signal": "event", "spec": "test", "describe": "test", "export": "shared", "public": "shared",
}  # fmt: skip
"""Words that begin a declaration elsewhere, and ours."""

LINES = {
    "prompt": "instructions", "system": "instructions", "output": "returns", "result": "returns", "actions": "tools",
    "functions": "tools", "cost": "budget", "steps": "turns", "history": "memory",
    "when": "given", "event": "given", "assert": "expect", "then": "expect", "should": "expect", "stub": "mock",
    "fake": "mock", "wait": "after", "advance": "after", "now": "at", "clock": "at",
}  # fmt: skip
"""Words that begin a line of an agent or of a test elsewhere, and ours."""

TYPES = {
    "string": "text", "str": "text", "integer": "int", "float": "number", "decimal": "number", "double": "number",
    "boolean": "bool", "timestamp": "datetime", "timedelta": "duration",
}  # fmt: skip
"""Types of other languages, and ours."""
