"""What people bring from other languages, and how it is said here. Tables of words and signs; decides nothing."""

from __future__ import annotations

SIGNS = {
    "&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=", "&": "and",
    "|": "or",
}  # fmt: skip
"""Signs of other languages, and what is written here instead."""

SIGN_NOTES = {
    "'": 'texts stand in `"`', "`": 'texts stand in `"`', "“": 'texts stand in `"`', "”": 'texts stand in `"`',
    "‘": 'texts stand in `"`', "’": 'texts stand in `"`', "«": 'texts stand in `"`',
    ";": "each step has a line of its own",
    "++": "there is no `++`; a value is given its name once",
    "**": "powers are not part of the language",
    "//": "a comment begins with `#`",
    "$": 'values stand in a text as `"{lead.name}"`',
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
}
"""Units that the language does not have."""

_GIVES = "a value is given its name by `name = ...`"
_LOOP = "loops go over a list: `for each x in list`"
_CALL = "an action is called by `plugin.action(...)`"

STEPS = {
    "sleep": "did you mean `wait`?", "delay": "did you mean `wait`?", "pause": "did you mean `wait`?",
    "elif": "did you mean `else if`?", "elsif": "did you mean `else if`?", "elseif": "did you mean `else if`?",
    "print": "did you mean `log`?", "echo": "did you mean `log`?",
    "raise": "did you mean `fail`?", "throw": "did you mean `fail`?",
    "exit": "did you mean `stop`?", "quit": "did you mean `stop`?",
    "unless": "write `if not ...`",
    "let": _GIVES, "set": _GIVES, "var": _GIVES, "const": _GIVES,
    "for": _LOOP, "foreach": _LOOP, "while": _LOOP, "loop": _LOOP,
    "call": _CALL, "await": _CALL, "execute": _CALL,
}  # fmt: skip
"""Words that begin a step elsewhere."""

DECLARATIONS = {
    "import": "use", "include": "use", "require": "use", "const": "let", "var": "let", "set": "let", "def": "function",
    "func": "function", "fn": "function", "workflow": "rule", "automation": "rule", "trigger": "rule",
}  # fmt: skip
"""Words that begin a declaration elsewhere, and ours."""

TYPES = {
    "string": "text", "str": "text", "integer": "int", "float": "number", "decimal": "number", "double": "number",
    "boolean": "bool", "timestamp": "datetime", "timedelta": "duration",
}  # fmt: skip
"""Types of other languages, and ours."""
