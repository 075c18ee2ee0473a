"""The codes of wrong branches, waits, blocks, sequences and agents (E421 to E429). Owns the texts alone."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code

WAITS_FOR_EVER = Code(
    number="E421",
    summary="a wait that may never end",
    message="This `{step}` has no {missing}, so the run could wait for ever",
    explanation="What a run waits for may never come. `up to` says how long it waits, and the steps under `on timeout` "
    "say what happens then.",
    wrong=a_rule("wait for kommo.message_received as m where m.contact_id == 1", A_NOTE),
    right=a_rule(
        "wait for kommo.message_received as m where m.contact_id == 1 up to 2 days", "on timeout", "  stop", A_NOTE
    ),
)

TRY_WITHOUT_HANDLER = Code(
    number="E422",
    summary="a `try` without `on error`",
    message="This `try` has no `on error`, so it changes nothing",
    explanation="The steps under `on error` run when a step under `try` fails. They may be one `log` or one `stop`.",
    wrong=a_rule("try", f"  {A_NOTE}"),
    right=a_rule("try", f"  {A_NOTE}", "on error as problem", '  log "{problem.message}"'),
)

CASE_TWICE = Code(
    number="E423",
    summary="a case stands twice",
    message="{value} is a case above already",
    explanation="The first case with the value is taken, so the second can never be.",
    wrong=a_rule("match lead.name", '  case "a"', "    stop", '  case "b", "a"', f"    {A_NOTE}"),
    right=a_rule("match lead.name", '  case "a"', "    stop", '  case "b"', f"    {A_NOTE}"),
)

STAYS_IN_BLOCK = Code(
    number="E424",
    summary="a name stays in its block",
    message="`{name}` is given in another block and not known here",
    explanation="What is given inside a `for each` is another value for each item, and stays there. The branches of a "
    "`together` run at the same time, so none can use what another gives; behind it all of them can be used. What a "
    "`try` gives is not known under `on error`, and the error only there.",
    wrong=a_rule("for each tag in lead.tags", "  word = tag.trim()", "log word"),
    right=a_rule("for each tag in lead.tags", "  word = tag.trim()", "  log word"),
)

RETURN_MISPLACED = Code(
    number="E425",
    summary="a rule returns a value",
    message="A rule has nobody to return a value to",
    explanation="`return` ends a sequence and gives its value to the step that runs it. A rule ends with its last "
    "step, or with `stop`.",
    wrong=a_rule("return lead.price"),
    right='sequence "Price"(n: int)\n  do\n    return n * 2\n\n'
    + a_rule('twice = run "Price"(n: lead.id)', 'log "{twice}"'),
)

RUNS_ITSELF = Code(
    number="E426",
    summary="a sequence waits for itself",
    message='"{name}" would wait for itself: {path}',
    explanation="`run` waits until the other sequence has ended. A circle of them never ends. `start` starts a run and "
    "goes on.",
    wrong='sequence "A"()\n  do\n    run "B"()\n\nsequence "B"()\n  do\n    run "A"()\n',
    right='sequence "A"()\n  do\n    run "B"()\n\nsequence "B"()\n  do\n    log "x"\n',
)

NO_KEY_TO_CANCEL = Code(
    number="E427",
    summary="a sequence without a key is cancelled",
    message='"{name}" has no `one at a time per`, so no key says which run to end',
    explanation="`cancel` ends the live run of a sequence by its key, and `one at a time per` gives it one.",
    wrong=a_rule('cancel "Follow up" for lead.id') + '\nsequence "Follow up"(id: int)\n  do\n    log "{id}"\n',
    right=a_rule('cancel "Follow up" for lead.id')
    + '\nsequence "Follow up"(id: int)\n  one at a time per id else skip\n  do\n    log "{id}"\n',
)

_A_JUDGE = 'use openrouter as llm\n\nagent judge\n  model llm "openai/gpt-4o-mini"\n  instructions "Be brief."\n'

UNKNOWN_AGENT = Code(
    number="E428",
    summary="no such agent",
    message="There is no agent `{name}`",
    explanation="`ask` names an `agent` that this or another file declares.",
    wrong=f"{_A_JUDGE}\n" + a_rule('verdict = ask juge "Is {lead.name} good?"', "log verdict"),
    right=f"{_A_JUDGE}\n" + a_rule('verdict = ask judge "Is {lead.name} good?"', "log verdict"),
)

AGENT_KEY = Code(
    number="E429",
    summary="an agent needs a value that is not here",
    message="Agent `{agent}` has `{line} per {key}`, and that cannot be used here",
    explanation="The keys of `memory per` and `budget ... per` are read with the names that the asking rule has at its "
    "`ask`.",
    wrong=f"{_A_JUDGE}  memory per contact.id last 5 turns\n\n"
    + a_rule('verdict = ask judge "Is it good?"', "log verdict"),
    right=f"{_A_JUDGE}  memory per lead.id last 5 turns\n\n"
    + a_rule('verdict = ask judge "Is it good?"', "log verdict"),
)
