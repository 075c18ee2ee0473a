"""The codes of wrong names (E2xx). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code

UNKNOWN_PLUGIN = Code(
    number="E201",
    summary="no such plugin",
    message="There is no plugin `{name}`",
    explanation="`use` brings an installed plugin into the file. `treadle plugins` lists those that are installed.",
    wrong="use komo\n",
    right="use kommo\n",
)

UNKNOWN_NAME = Code(
    number="E202",
    summary="no such name",
    message="There is no name `{name}` here",
    explanation="A name is a `let` of the file or a shared one, the event after `as`, a parameter, or the result of a "
    "step before this one. Names do not leave the block of a lambda or a function.",
    wrong=a_rule("log lead.name + suffix"),
    right=a_rule('suffix = "!"', "log lead.name + suffix"),
)

NAME_TAKEN = Code(
    number="E203",
    summary="a name is given twice",
    message="The name `{name}` is given twice",
    explanation="A name means one thing: each is given once in a file and once on every path through a rule, so that "
    "nobody has to ask which value is meant. What one file shares names nothing else in the others.",
    wrong="let hot = 70\nlet hot = 80\n",
    right="let hot = 70\nlet boiling = 80\n",
)

UNKNOWN_TRIGGER = Code(
    number="E204",
    summary="no such trigger",
    message="`{plugin}` has no trigger `{name}`",
    explanation="`when` hears the events that a plugin declares.",
    wrong=f'use kommo\n\nrule "Example"\n  when kommo.lead_create as lead\n  do\n    {A_NOTE}\n',
    right=a_rule(A_NOTE),
)

UNKNOWN_ACTION = Code(
    number="E205",
    summary="no such action",
    message="`{plugin}` has no action `{name}`",
    explanation="A step calls one of the actions that a plugin declares.",
    wrong=a_rule('kommo.add_notes(lead_id: lead.id, text: "x")'),
    right=a_rule(A_NOTE),
)

UNKNOWN_FIELD = Code(
    number="E206",
    summary="no such field",
    message="`{type}` has no field `{name}`",
    explanation="The fields of an event, a result or a record are known from the plugin that declares them.",
    wrong=a_rule("log lead.nam"),
    right=a_rule("log lead.name"),
)

UNKNOWN_FUNCTION = Code(
    number="E207",
    summary="no such function",
    message="There is no function `{name}`",
    explanation="Functions are those of the language, the `function` and `table` declarations of the file, and those "
    "that another file shares.",
    wrong="let x = rond(2.5)\n",
    right="let x = round(2.5)\n",
)

UNKNOWN_ARGUMENT = Code(
    number="E208",
    summary="no such argument",
    message="`{callee}` takes no argument `{name}`",
    explanation="The arguments of actions, triggers, sequences and functions are those that they declare.",
    wrong=a_rule('kommo.add_note(lead_id: lead.id, txt: "x", text: "y")'),
    right=a_rule(A_NOTE),
)

UNKNOWN_SEQUENCE = Code(
    number="E209",
    summary="no such sequence",
    message='There is no sequence "{name}"',
    explanation="`start` starts a `sequence` of this or another file, by its name.",
    wrong=a_rule('start "Folow up"()') + '\nsequence "Follow up"()\n  do\n    stop\n',
    right=a_rule('start "Follow up"()') + '\nsequence "Follow up"()\n  do\n    stop\n',
)

UNKNOWN_TYPE = Code(
    number="E210",
    summary="no such type",
    message="There is no type `{name}`",
    explanation="Types are `text int number bool duration date time datetime json money`, lists `[T]`, maps `{text: "
    "T}`, records `{a: T}`, and those of plugins in use, such as `kommo.Lead`.",
    wrong="function double(x: integer) -> int = x * 2\n",
    right="function double(x: int) -> int = x * 2\n",
)

DECLARED_TWICE = Code(
    number="E211",
    summary="two declarations of one kind have one name",
    message='The {kind} "{name}" is declared twice',
    explanation="Names of rules, sequences, agents, events, limits and calendars are unique in the workspace, because "
    "they are seen from every file and histories, links and `start` go by them.",
    wrong='sequence "Follow up"()\n  do\n    stop\n\nsequence "Follow up"()\n  do\n    stop\n',
    right='sequence "Follow up"()\n  do\n    stop\n\nsequence "Win back"()\n  do\n    stop\n',
)

ON_SOME_PATHS = Code(
    number="E212",
    summary="a name is given on some paths only",
    message="`{name}` is given on some of the paths that lead here, not on all",
    explanation="A name that only some branches of an `if` give cannot be used behind it. Give it in each branch, or "
    "end the others with `stop` or `fail`.",
    wrong=a_rule("if lead.price > 5", '  word = "big"', "log word"),
    right=a_rule("if lead.price > 5", '  word = "big"', "else", '  word = "small"', "log word"),
)

UNKNOWN_CHOICE = Code(
    number="E213",
    summary="the account has no such value",
    message="The account of `{connection}` has no {kind} {value}",
    explanation="The argument names something of the connected account, and the account does not have it, as far as "
    "was last looked up: `treadle catalogue pull` asks it again.",
    wrong=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Qualifid")'),
    right=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Qualified")'),
)

NAME_RESERVED = Code(
    number="E214",
    summary="a word of the language is used as a name",
    message="`{name}` is {what} and cannot name a value",
    explanation="The clock's names and, for a `function`, the names of the built-in functions keep their meaning in "
    "every file.",
    wrong="let now = 5\n",
    right="let present = 5\n",
)

NOT_A_VALUE = Code(
    number="E215",
    summary="a plugin or a function is used as a value",
    message="`{name}` is {what}, not a value",
    explanation="A plugin offers triggers and actions, a function is called with arguments; neither can be compared, "
    "stored or passed on.",
    wrong="use kommo\n\nlet x = kommo\n",
    right='let x = "kommo"\n',
)

CALLS_ITSELF = Code(
    number="E216",
    summary="a declaration needs itself",
    message="`{name}` needs itself: {path}",
    explanation="Functions and constants are computed in a bounded number of steps, so none may lead back to itself.",
    wrong="function f(x: int) -> int = g(x)\n\nfunction g(x: int) -> int = f(x)\n",
    right="function f(x: int) -> int = g(x)\n\nfunction g(x: int) -> int = x + 1\n",
)

NOT_IN_USE = Code(
    number="E217",
    summary="a plugin is not in use",
    message="No plugin is in use as `{name}`",
    explanation="A file names the plugins that it needs with `use`, each under its own name or the one after `as`.",
    wrong='rule "Example"\n  when kommo.lead_created as lead\n  do\n    log lead.name\n',
    right=a_rule("log lead.name"),
)

CHOICE_RENAMED = Code(
    number="E218",
    summary="the account calls it otherwise now",
    message="{value} is called {now} now in the account of `{connection}`",
    explanation="The account still has what the argument names, under another name. Names are compared with those that "
    "the same ids had in earlier look-ups.",
    wrong=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Accepted")'),
    right=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Qualified")'),
)

CHOICE_IN_SEVERAL = Code(
    number="E219",
    summary="several things of the account have this name",
    message="The {kind} {value} is in {places}: say which with `{within}:`",
    explanation="The name alone does not tell which one is meant, such as a stage of a name that two pipelines use.",
    wrong=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Waiting")'),
    right=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Waiting", pipeline: "Partners")'),
)

OF_THE_ACCOUNT = frozenset(each.number for each in (UNKNOWN_CHOICE, CHOICE_RENAMED, CHOICE_IN_SEVERAL))
"""What is wrong with values of the account alone: a declaration has its meaning all the same."""
