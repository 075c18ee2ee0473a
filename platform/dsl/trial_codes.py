"""The codes of `test` blocks (E74x). Owns the texts; `checker/` decides."""

from __future__ import annotations

from treadle.dsl.codes import Code

_RULES = """use kommo

rule "Greet"
  when webhook "signup" as hook
  do
    lead = kommo.get_lead(lead_id: int(hook.json["id"]))
    ok = approve "Greet {lead.name}?" by "manager" up to 1 day
    on timeout
      stop
    if ok
      kommo.add_tags(lead_id: lead.id, tags: ["greeted"])

rule "Clean up"
  when by hand (days: int)
  do
    log "{days}"
"""


def _test(*lines: str) -> str:
    return f'{_RULES}\ntest "a test"\n' + "".join(f"  {line}\n" for line in lines)


NO_WEBHOOK = Code(
    number="E741",
    summary="no rule hears the webhook",
    message='No rule hears a webhook "{name}"',
    explanation="`given webhook` calls the address of a rule that begins with `when webhook`.",
    wrong=_test('given webhook "sign-up" {json: {id: 7}}', "expect nothing"),
    right=_test('given webhook "signup" {json: {id: 7}}', "expect nothing"),
)

NOT_BY_HAND = Code(
    number="E742",
    summary="a rule that is not started by hand",
    message='No rule "{name}" is started by hand',
    explanation="`given by hand` presses the button of a rule that begins with `when by hand`.",
    wrong=_test('given by hand "Greet"', "expect nothing"),
    right=_test('given by hand "Clean up" {days: 3}', 'expect log "3"'),
)

RETURNS_NOTHING = Code(
    number="E743",
    summary="a mocked result of an action that gives none",
    message="`{action}` gives no result, so that a mock has nothing to return",
    explanation="An action without a result only succeeds, which it does without a mock; `fails` and `unknown` say "
    "that it does not.",
    wrong=_test("mock kommo.add_tags returns {done: true}", "expect nothing"),
    right=_test('mock kommo.add_tags fails "busy"', "expect nothing"),
)

APPROVAL_ANSWERS = Code(
    number="E744",
    summary="an approval that fails",
    message="An approval is answered with `returns true` or `returns false`",
    explanation="A person agrees or does not. Nobody answers when there is no mock: then the time runs out.",
    wrong=_test('mock approve fails "busy"', "expect nothing"),
    right=_test("mock approve returns false", "expect nothing"),
)

RESULT_INCOMPLETE = Code(
    number="E745",
    summary="a mocked result without a field",
    message="The mocked result leaves out {names}, and there is no example of {type} to take it from",
    explanation="A mocked result can leave out fields that may be missing, lists and maps, which are empty then, and "
    "what an example of the plugin has. All else is read as if it were there, so the mock must say it.",
    wrong=_test('mock kommo.get_contact returns {first_name: "Ana"}', "expect nothing"),
    right=_test('mock kommo.get_contact returns {id: 3, first_name: "Ana"}', "expect nothing"),
)
