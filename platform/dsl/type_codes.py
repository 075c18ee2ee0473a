"""The codes of wrong types (E3xx). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code

DOES_NOT_FIT = Code(
    number="E301",
    summary="a value of the wrong type",
    message="{what} needs {expected}, and this is {actual}",
    explanation="Types are checked before anything runs. Conversions are written out: `text(x)`, `int(x)`, "
    "`number(x)`.",
    wrong=a_rule('kommo.add_note(lead_id: "seven", text: "x")'),
    right=a_rule('kommo.add_note(lead_id: 7, text: "x")'),
)

CANNOT_COMPARE = Code(
    number="E302",
    summary="two values cannot be compared",
    message="Cannot compare {left} with {right}",
    explanation="Comparing values of different types would always give the same answer, so it is a mistake.",
    wrong=a_rule(A_NOTE, head='where lead.price > "100"'),
    right=a_rule(A_NOTE, head="where lead.price > 100"),
)

CANNOT_COMPUTE = Code(
    number="E303",
    summary="an operator does not take these types",
    message="Cannot compute {left} {sign} {right}",
    explanation="Numbers compute with numbers, durations move dates and moments, and `+` joins two texts or two "
    'lists. To put a number into a text, write `"{x}"`.',
    wrong='let x = "a" * 3\n',
    right='let x = "aaa"\n',
)

MAY_BE_MISSING = Code(
    number="E304",
    summary="a value may be missing",
    message="{what} may be missing here",
    explanation="A value that can be missing must be handled where a plain one is needed: give a default with `??`, "
    "ask for it with `is set` first, or reach through it with `?.`. Missing never silently means false, "
    "zero or empty.",
    wrong=a_rule('log "from {lead.source}"'),
    right=a_rule('log "from {lead.source ?? "nowhere"}"'),
)

NOT_A_CONDITION = Code(
    number="E305",
    summary="a condition is neither true nor false",
    message="A condition is true or false, and this is {actual}",
    explanation="No value but `true` and `false` stands for a truth. Compare it, or ask `is set`.",
    wrong=a_rule(A_NOTE, head="where lead.price"),
    right=a_rule(A_NOTE, head="where lead.price > 0"),
)

NUMBER_IS_NO_INT = Code(
    number="E306",
    summary="a number may have a fraction",
    message="{what} needs int, and this number may have a fraction",
    explanation="An int is a number, a number is not an int: say what happens to the fraction with `round(x)`.",
    wrong=a_rule('kommo.add_note(lead_id: lead.price / 2, text: "x")'),
    right=a_rule('kommo.add_note(lead_id: round(lead.price / 2), text: "x")'),
)

JSON_HAS_NO_TYPE = Code(
    number="E307",
    summary="json is used where a type is needed",
    message="{what} needs {expected}, and this is json, data without a schema",
    explanation="Parts of `json` are json again. `text()`, `int()`, `number()`, `bool()`, `list()`, `date()` and "
    "`datetime()` bring them into the typed world; a value that cannot be converted fails the step, "
    "naming it.",
    wrong='let order = json("[1]")\nlet id = order[0] + 1\n',
    right='let order = json("[1]")\nlet id = int(order[0]) + 1\n',
)

MISSING_ARGUMENT = Code(
    number="E308",
    summary="an argument is missing",
    message="`{callee}` needs `{name}`",
    explanation="Arguments without a default must be given.",
    wrong=a_rule("kommo.add_note(lead_id: lead.id)"),
    right=a_rule(A_NOTE),
)

ARGUMENT_COUNT = Code(
    number="E309",
    summary="too many or too few arguments",
    message="`{callee}` takes {expected}, not {actual}",
    explanation="Functions take their arguments in order. In `x.f(y)`, `x` is the first one.",
    wrong='let x = trim("a", "b")\n',
    right='let x = trim("a")\n',
)

ARGUMENT_WITHOUT_NAME = Code(
    number="E310",
    summary="an argument has no name",
    message="Arguments of `{callee}` are written with their names",
    explanation="Actions, triggers and sequences take named arguments, so that a call can be read without looking "
    "them up.",
    wrong=a_rule('kommo.add_note(lead.id, text: "x")'),
    right=a_rule(A_NOTE),
)

ARGUMENT_TWICE = Code(
    number="E311",
    summary="an argument is given twice",
    message="The argument `{name}` is given twice",
    explanation="Only one of them could count.",
    wrong=a_rule('kommo.add_note(lead_id: 1, lead_id: 2, text: "x")'),
    right=a_rule('kommo.add_note(lead_id: 1, text: "x")'),
)

NOTHING_IN_COMMON = Code(
    number="E312",
    summary="values that belong together have different types",
    message="{what} must have one type, and here are {left} and {right}",
    explanation="The items of a list, both sides of `if else` and `??`, and a name given in several branches have one "
    "type.",
    wrong='let x = [1, "two"]\n',
    right='let x = ["one", "two"]\n',
)

CANNOT_INDEX = Code(
    number="E313",
    summary="a value has no items",
    message="{type} cannot be asked for {key} in brackets",
    explanation="Lists are indexed by a whole number, maps by a text, json by both; fields are read with a dot. "
    "`slice(x, 0, 1)` takes a part of a text.",
    wrong=a_rule("log lead.name[0]"),
    right=a_rule("log slice(lead.name, 0, 1)"),
)

BAD_PATTERN = Code(
    number="E314",
    summary="a pattern cannot be read",
    message="This pattern cannot be read: {reason}",
    explanation="The literal after `matches` is a regular expression of RE2: no back references and no look-around, "
    "always in linear time. It is searched for anywhere in the text; `^` and `$` tie it to the ends.",
    wrong=a_rule(A_NOTE, head='where lead.name matches "(unclosed"'),
    right=a_rule(A_NOTE, head='where lead.name matches "(closed)"'),
)

LAMBDA_MISPLACED = Code(
    number="E315",
    summary="a lambda stands alone",
    message="`x => ...` can only be an argument of a function such as `filter`",
    explanation="A lambda says what a function does with each item; it is no value of its own.",
    wrong="let double = x => x * 2\n",
    right="let doubled = map([1, 2], x => x * 2)\n",
)

NO_TEXT_FORM = Code(
    number="E316",
    summary="a value has no text form",
    message="{actual} cannot stand in a text",
    explanation="Text, numbers, truth values, dates and durations turn into text by themselves. Lists need `join`, "
    "records a field, and json `text()`.",
    wrong='let tags = ["a"]\nlet line = "tags: {tags}"\n',
    right='let tags = ["a"]\nlet line = "tags: {join(tags, ", ")}"\n',
)

NO_CONTAINER = Code(
    number="E317",
    summary="a value contains nothing",
    message="`{sign}` needs {expected}, and this is {actual}",
    explanation="`x in list` asks a list or the keys of a map; `text contains part` asks a text, a list or the keys "
    "of a map.",
    wrong=a_rule(A_NOTE, head='where "VIP" in lead.name'),
    right=a_rule(A_NOTE, head='where lead.name contains "VIP"'),
)

FIELD_TWICE = Code(
    number="E318",
    summary="a field is given twice",
    message="The field `{name}` is given twice",
    explanation="A record or a map has each key once.",
    wrong="let x = {a: 1, a: 2}\n",
    right="let x = {a: 1, b: 2}\n",
)

CONSTANT_FAILS = Code(
    number="E319",
    summary="a constant has no value",
    message="This constant has no value: {reason}",
    explanation="`let` and the values of a test are computed when the file is checked, so that they cannot fail later.",
    wrong="let x = 1 / 0\n",
    right="let x = 1 / 2\n",
)

NOT_CONSTANT = Code(
    number="E320",
    summary="something is not constant",
    message="{what} is a constant, and `{name}` is not",
    explanation="It is known when the file is checked: it cannot depend on an event, a result or the clock.",
    wrong="let started = now\n",
    right="let pause = 5 min\n",
)
