"""The codes of syntax (E1xx): what cannot be read. Owns the texts; who reports them stands in `parser/`."""

from __future__ import annotations

from treadle.dsl.codes import Code

_RIGHT = (
    'use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n'
    '  do\n    kommo.add_tags(lead_id: lead.id, tags: ["vip"])\n'
)


def _rule(*body: str, where: str = "") -> str:
    """A file with one rule: an optional condition, and steps."""
    head = 'use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n'
    condition = f"  where {where}\n" if where else ""
    return f"{head}{condition}  do\n" + "".join(f"    {line}\n" for line in body)


EXPRESSION_MISSING = Code(
    number="E101",
    summary="an expression is missing",
    message="An expression is missing after `{after}`",
    explanation="An operator, a bracket or a word such as `where` asks for a value, and the line ends or goes on with "
    "something that is none. The mark stands where the value should begin.",
    wrong=_rule("stop", where="lead.price >"),
    right=_rule("stop", where="lead.price > 100"),
)

UNEXPECTED = Code(
    number="E102",
    summary="something else is expected here",
    message="`{found}` does not fit here; expected {expected}",
    explanation="Up to this place the line could be read. What follows does not continue it.",
    wrong=_rule('kommo.add_note(lead_id: lead.id text: "Hi")'),
    right=_rule('kommo.add_note(lead_id: lead.id, text: "Hi")'),
)

ENDS_EARLY = Code(
    number="E103",
    summary="the line ends too early",
    message="The line ends here; expected {expected}",
    explanation="The line is fine as far as it goes, but a part that must follow is missing.",
    wrong='use kommo\n\nrule "Example"\n  when kommo.lead_created\n  do\n    stop\n',
    right='use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n  do\n    stop\n',
)

TAB = Code(
    number="E104",
    summary="a tab",
    message="A tab stands here; rule files are indented by spaces",
    explanation="A tab looks different in each editor, and indentation has a meaning here. Use two spaces a level.",
    wrong='rule "Example"\n\twhen kommo.lead_created as lead\n\tdo\n\t\tstop\n',
    right='use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n  do\n    stop\n',
)

NOT_CLOSED = Code(
    number="E105",
    summary="a bracket is never closed",
    message="`{bracket}` is never closed",
    explanation="Lines inside brackets stand deeper than the line that opened them; only the closing bracket may "
    "stand under its beginning. The first line that does not ends the search, so that one forgotten bracket costs one "
    "line.",
    wrong=_rule("kommo.add_note(lead_id: lead.id", "stop"),
    right=_rule('kommo.add_note(lead_id: lead.id, text: "x")', "stop"),
)

CLOSES_NOTHING = Code(
    number="E106",
    summary="a closing bracket without an opening one",
    message="`{bracket}` closes nothing{instead}",
    explanation="Brackets close in the opposite order of their opening. A closing bracket in the first column ends "
    "nothing either, since a declaration begins there: let it stand deeper.",
    wrong=_rule("kommo.add_tags(lead_id: lead.id, tags: [1))"),
    right=_rule('kommo.add_tags(lead_id: lead.id, tags: ["a"])'),
)

TEXT_NOT_CLOSED = Code(
    number="E107",
    summary="a text is never closed",
    message="This text has no closing `{quote}`",
    explanation='A text in `"` ends on its line. A text in `"""` may go over many lines; they stand deeper than the '
    'line that opened it, and the closing `"""` stands under the beginning of that line.',
    wrong=_rule('log "hello'),
    right=_rule('log "hello"'),
)

UNKNOWN_SIGN = Code(
    number="E108",
    summary="a sign that the language does not have",
    message="`{sign}` is no sign of the language",
    explanation="Often this is a sign of another language. The note or the fix names ours.",
    wrong=_rule("stop", where="lead.price > 1 && lead.price < 9"),
    right=_rule("stop", where="lead.price > 1 and lead.price < 9"),
)

UNKNOWN_ESCAPE = Code(
    number="E109",
    summary="an unknown escape in a text",
    message='`{escape}` is no escape; in a text stand `\\{{`, `\\"`, `\\\\`, `\\n` and `\\t`',
    explanation="A backslash in a text makes the next sign special. For a backslash itself write two. The text after "
    "`matches` is raw: there a backslash is a backslash.",
    wrong=_rule('log "50\\% off"'),
    right=_rule('log "50% off"'),
)

RESERVED = Code(
    number="E110",
    summary="a reserved word as a name",
    message="`{word}` is a word of the language and cannot name a value",
    explanation="Operators and words that begin a step or a clause are reserved, so that a line can be read one way. "
    "After a dot and as the name of an argument or a field they are free.",
    wrong="let match = 1\n",
    right="let matching = 1\n",
)

UNKNOWN_DECLARATION = Code(
    number="E111",
    summary="no declaration begins like this",
    message="`{word}` begins no declaration",
    explanation="What stands in the first column begins a declaration: `use`, `let`, `function`, `rule`, `sequence` "
    "and so on. What belongs to one stands deeper.",
    wrong='ruel "Tag"\n  do\n    stop\n',
    right=_RIGHT,
)

UNKNOWN_CLAUSE = Code(
    number="E112",
    summary="no clause begins like this",
    message="`{word}` begins no clause of a {owner}",
    explanation="Between the name and `do` stand clauses such as `when`, `where` and `once per`. Steps stand under "
    "`do`, deeper.",
    wrong='use kommo\n\nrule "Tag"\n  wehn kommo.lead_created as lead\n  do\n    stop\n',
    right=_RIGHT,
)

NO_EFFECT = Code(
    number="E113",
    summary="a step that does nothing",
    message="This line computes a value and drops it",
    explanation="A step is a call of an action, a value with a name, or begins with a word such as `if` or `wait`.",
    wrong=_rule("lead.price"),
    right=_rule("price = lead.price", 'log "{price}"'),
)

INDENTATION = Code(
    number="E114",
    summary="indentation that fits no block",
    message="This line stands {spaces} spaces deep; its block stands {expected}",
    explanation="All lines of a block begin in the same column, two spaces deeper than the line that they belong to.",
    wrong='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n  do\n    log "a"\n   stop\n',
    right='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n  do\n    log "a"\n    stop\n',
)

BLOCK_MISSING = Code(
    number="E115",
    summary="steps are missing",
    message="Steps are missing under `{owner}`",
    explanation="The steps that belong to this line stand on the lines after it, two spaces deeper.",
    wrong=_rule("if lead.price > 1", "stop"),
    right=_rule("if lead.price > 1", "  stop"),
)

TOO_DEEP = Code(
    number="E116",
    summary="a line stands too deep",
    message="This line stands deeper than the line before, which takes no block",
    explanation="Only `do`, `if`, `else` and their like have lines under them. A condition goes on in deeper lines "
    "that begin with `and` or `or`.",
    wrong=_rule('log "a"', '  log "b"'),
    right=_rule('log "a"', 'log "b"'),
)

ORPHAN = Code(
    number="E117",
    summary="a branch without its beginning",
    message="`{word}` has no {owner} before it",
    explanation="`else` belongs to the `if` right before it in the same column, `on timeout` to `wait for` or "
    "`approve`, `on error` to `try`, and `case` stands under `match`.",
    wrong=_rule('log "a"', "else", "  stop"),
    right=_rule("if lead.price > 1", '  log "a"', "else", "  stop"),
)

CHAINED = Code(
    number="E118",
    summary="chained comparisons",
    message="Comparisons are not chained; say what `{sign}` compares",
    explanation="`1 < x < 9` reads well and is computed differently in each language. Write two comparisons with "
    "`and`.",
    wrong=_rule("stop", where="1 < lead.price < 9"),
    right=_rule("stop", where="1 < lead.price and lead.price < 9"),
)

ASSIGNS = Code(
    number="E119",
    summary="one `=` in a comparison",
    message="`=` gives a name to a value; compare with `==`",
    explanation="A single `=` stands only behind a new name. Whether two values are equal is asked with `==`.",
    wrong=_rule("stop", where="lead.price = 5"),
    right=_rule("stop", where="lead.price == 5"),
)

UNKNOWN_UNIT = Code(
    number="E120",
    summary="an unknown unit",
    message="`{unit}` is no unit",
    explanation="Durations have seconds, minutes, hours, days and weeks, in singular, plural or short form (`s`, "
    "`min`, `h`, `d`, `w`); money has `usd`.",
    wrong=_rule("wait 5 minuts"),
    right=_rule("wait 5 minutes"),
)

PLAIN_TEXT = Code(
    number="E121",
    summary="a computed text where a plain one is needed",
    message="This text is a name and cannot hold `{{...}}`",
    explanation="Names of rules, sequences, connections and keys are fixed when the file is read. For a brace itself "
    "write `\\{`.",
    wrong='rule "Tag {1}"\n  do\n    stop\n',
    right=_RIGHT,
)

MIXED_KEYS = Code(
    number="E122",
    summary="a record and a map in one",
    message="Some keys here are texts and some are names",
    explanation='`{"a": 1}` is a map with text keys, `{a: 1}` a record with known fields. One pair of braces is one '
    "of them.",
    wrong='let mixed = {a: 1, "b": 2}\n',
    right='let map = {"a": 1, "b": 2}\n',
)

DO_MISSING = Code(
    number="E123",
    summary="`do` is missing",
    message="This {owner} has no `do`",
    explanation="The steps of a rule or a sequence stand under `do`.",
    wrong='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n',
    right=_RIGHT,
)

DO_TWICE = Code(
    number="E124",
    summary="a second `do`",
    message="This {owner} has a `do` already",
    explanation="A rule or a sequence has one list of steps. Put the steps together, or make a second rule.",
    wrong='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n  do\n    stop\n  do\n    stop\n',
    right=_RIGHT,
)

MODIFIER = Code(
    number="E125",
    summary="a modifier that does not fit",
    message="`{modifier}` {reason}",
    explanation="`timeout` and `retry` stand behind the call of an action, each once.",
    wrong=_rule("price = lead.price timeout 5 s"),
    right=_rule("note = kommo.get_lead(lead_id: lead.id) timeout 5 s"),
)

EDITION = Code(
    number="E126",
    summary="an edition that is not known",
    message="Edition {edition} is not known; this version knows edition 1",
    explanation="`edition` fixes the meaning of a file while the language grows. A newer edition needs a newer "
    "version.",
    wrong="edition 7\n",
    right="edition 1\n",
)

UNKNOWN_STEP = Code(
    number="E127",
    summary="no step begins like this",
    message="`{word}` begins no step",
    explanation="A step is a call of an action, a value with a name, or begins with a word such as `if`, `wait` or "
    "`log`.",
    wrong=_rule("sleep 5 min"),
    right=_rule("wait 5 min"),
)

WHOLE_NUMBER = Code(
    number="E128",
    summary="a whole number is needed",
    message="`{found}` is no whole number",
    explanation="`at most`, `priority`, `turns` and `up to ... at once` count, and halves cannot be counted.",
    wrong='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n  priority 1.5\n  do\n    stop\n',
    right='use kommo\n\nrule "Tag"\n  when kommo.lead_created as lead\n  priority 2\n  do\n    stop\n',
)

NO_TIME_OF_DAY = Code(
    number="E129",
    summary="no time of day",
    message="There is no `{found}` in a day",
    explanation="Times of day go from `00:00` to `23:59`.",
    wrong='rule "Daily"\n  when every day at 24:00\n  do\n    stop\n',
    right='rule "Daily"\n  when every day at 00:00\n  do\n    stop\n',
)

NO_CASE = Code(
    number="E130",
    summary="a line under `match` that is no `case`",
    message="`{word}` {reason}",
    explanation="Under `match` stand `case` lines, each with its steps deeper under it, and at last `else`.",
    wrong=_rule("match lead.name", '  log "a"'),
    right=_rule("match lead.name", '  case "Ana"', '    log "a"', "  else", "    stop"),
)

NO_DAY = Code(
    number="E131",
    summary="no day of the week",
    message="`{word}` is no day",
    explanation="Days are `monday` to `sunday`, short `mon` to `sun`, and `day`, `weekday`, `weekend`; several are "
    "written `mon-fri` or `monday, friday`.",
    wrong='rule "Weekly"\n  when every mondy at 09:00\n  do\n    stop\n',
    right='rule "Weekly"\n  when every monday at 09:00\n  do\n    stop\n',
)

HALF_CHARACTER = Code(
    number="E132",
    summary="half of a character",
    message="{found} is half of a character, which no file can hold",
    explanation="Some programs write a character beyond the first 65,536, such as 🙂, as two halves. Here one stands "
    "alone, so that the text cannot be stored. Write the whole character.",
    wrong='rule "Smile …"\n  when by hand\n  do\n    stop\n',
    fill=("\ud83d", 1),
    right='rule "Smile 🙂"\n  when by hand\n  do\n    stop\n',
)
