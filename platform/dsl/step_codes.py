"""The codes of wrong headers and steps (E4xx) and of warnings (W). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code

HEARS_NOTHING = Code(
    number="E401",
    summary="a rule hears nothing",
    message="This rule has no `when`, so nothing can start it",
    explanation="A rule begins with at least one `when`. Steps that are started by other rules are a `sequence`.",
    wrong='rule "Example"\n  do\n    log "x"\n',
    right=a_rule(A_NOTE),
)

CLAUSE_TWICE = Code(
    number="E402",
    summary="a clause stands twice",
    message="`{clause}` stands twice",
    explanation="`when` and `stop when` may stand several times, every other clause once. Join conditions with `and`.",
    wrong=a_rule(A_NOTE, head="where lead.price > 1\nwhere lead.price < 9"),
    right=a_rule(A_NOTE, head="where lead.price > 1 and lead.price < 9"),
)

CLAUSE_MISPLACED = Code(
    number="E403",
    summary="a clause does not belong to a sequence",
    message="A sequence cannot have `{clause}`",
    explanation="A sequence is started with its arguments and hears no event by itself, so what is about events "
    "belongs to rules. It may have `one at a time`, `stop when`, `only during`, `off` and `rehearse`.",
    wrong='sequence "Example"(price: number)\n  where price > 5\n  do\n    log "x"\n',
    right='sequence "Example"(price: number)\n  do\n    if price > 5\n      log "x"\n',
)

EVENT_NAMES_DIFFER = Code(
    number="E404",
    summary="alternatives give different names",
    message="All `when` lines of a rule give the event one name: `{first}`, and here `{name}`",
    explanation="Several `when` lines are alternatives, and the steps must be able to use the event whichever came.",
    wrong='use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n  when kommo.lead_updated as change\n  do\n'
    "    log lead.name\n",
    right='use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n  when kommo.lead_updated as lead\n  do\n'
    "    log lead.name\n",
)

ACTION_MISPLACED = Code(
    number="E405",
    summary="an action stands in a pure place",
    message="`{action}` is an action and cannot stand in {place}",
    explanation="Conditions, constants, functions and values decide and have no effect. An action is a step of its "
    "own under `do`; give its result a name and use that.",
    wrong=a_rule('log "{kommo.get_lead(lead_id: lead.id).name}"'),
    right=a_rule("full = kommo.get_lead(lead_id: lead.id)", 'log "{full.name}"'),
)

RESULT_UNUSED = Code(
    number="E406",
    summary="a result goes nowhere",
    message="`{callee}` only computes a value, and nothing takes it here",
    explanation="A step has an effect or gives a value a name.",
    wrong=a_rule("round(lead.price)"),
    right=a_rule("price = round(lead.price)", 'log "{price}"'),
)

NO_RESULT = Code(
    number="E407",
    summary="an action gives no result",
    message="`{action}` gives no result that could be named",
    explanation="Some actions only do something.",
    wrong=a_rule('note = kommo.add_tags(lead_id: lead.id, tags: ["x"])', "log text(note)"),
    right=a_rule('kommo.add_tags(lead_id: lead.id, tags: ["x"])'),
)

MODIFIER_MISPLACED = Code(
    number="E408",
    summary="timeout or retry without an action",
    message="`timeout` and `retry` belong to actions, and `{callee}` is a function",
    explanation="Functions compute at once and cannot fail half way.",
    wrong=a_rule("price = round(lead.price) retry 3 times over 1 min", 'log "{price}"'),
    right=a_rule("price = round(lead.price)", 'log "{price}"'),
)

OUT_OF_RANGE = Code(
    number="E409",
    summary="a figure is out of range",
    message="{what} is between {low} and {high}",
    explanation="Bounds keep one step from holding up a worker or a service for ever.",
    wrong=a_rule(A_NOTE + " timeout 3 hours"),
    right=a_rule(A_NOTE + " timeout 30 s"),
)

LABEL_TWICE = Code(
    number="E410",
    summary="a label is given twice",
    message="The label `{name}` is given twice",
    explanation="A label is the id of its step in histories, so it is unique in its rule.",
    wrong=a_rule('a: log "x"', 'a: log "y"'),
    right=a_rule('a: log "x"', 'b: log "y"'),
)

NEVER_USED = Code(
    number="W201",
    summary="a name is never used",
    message="`{name}` is never used",
    explanation="What nothing uses is left over, or a name was misspelt elsewhere.",
    wrong="let hot = 70\n",
    right=a_rule(A_NOTE),
)

NOT_CHECKED = Code(
    number="W202",
    summary="names of an account could not be checked",
    message="Names of the account of `{connection}` could not be checked: its catalogue is not here",
    explanation="Stages, users and fields are compared with the connected account's catalogue. `treadle catalogue "
    "pull` brings it.",
    wrong='use kommo "spain" as es\n\nrule "Example"\n  when es.lead_created as lead\n  do\n'
    '    es.move_lead(lead_id: lead.id, stage: "Any")\n',
    right=a_rule('kommo.move_lead(lead_id: lead.id, stage: "Qualified")'),
)

NEVER_REACHED = Code(
    number="W203",
    summary="a step is never reached",
    message="This step is never reached",
    explanation="The steps before it end the run on every path.",
    wrong=a_rule("stop", A_NOTE),
    right=a_rule(A_NOTE, "stop"),
)

NEVER_MISSING = Code(
    number="W301",
    summary="a value is never missing",
    message="{what} is never missing",
    explanation="`is set` and `??` ask for something that always is there; perhaps another value was meant.",
    wrong=a_rule(A_NOTE, head="where lead.id is set"),
    right=a_rule(A_NOTE, head="where lead.source is set"),
)
