"""A workspace of rule files for measuring, of any size: what a sales team's files look like, never twice the same rule.

Owns the text. Every file checks clean but for warnings; ten rules a file, about ten lines a rule, the six kinds of rule
in turn. Nothing is random, so that two runs measure the same.
"""

from __future__ import annotations

_HEAD = """use kommo
use http

let floor_{file} = {bound}
let sources_{file} = ["Site", "Instagram", "Fair {file}"]

"""

_RULES = (
    """rule "Tag {n}"
  when kommo.lead_created as lead
  where lead.price > floor_{file} + {n} and lead.name starts with "A{n}"
  once per lead.id within 30 days
  do
    if lead.price > {bound}
      kommo.add_tags(lead_id: lead.id, tags: ["vip", "tier {n}"])
    else
      kommo.add_note(lead_id: lead.id, text: "Lead {{lead.name}} is worth {{lead.price}}, rule {n}")

""",
    """rule "Source {n}"
  when kommo.lead_created as lead
  where lead.source in sources_{file} and lead.price >= {n} and lead.main_contact_id is set
  at most 5 per 1 hour per lead.source
  do
    contact = kommo.get_contact(contact_id: lead.main_contact_id)
    kommo.send_message(contact_id: contact.id, text: "Hi {{contact.first_name ?? "there"}}, offer {n}!")
    wait {n} min
    kommo.create_task(lead_id: lead.id, text: "Call about offer {n}", due: now + 1 business day)

""",
    """rule "Stage {n}"
  when kommo.lead_stage_changed as change
  where change.stage == "Stage {n}" and change.lead_id % 7 == {rest}
  one at a time per change.lead_id else queue
  do
    lead = kommo.get_lead(lead_id: change.lead_id)
    match lead.name
      case "first {n}"
        log "one"
      else
        kommo.add_note(lead_id: lead.id, text: "Stage {n} with {{round(lead.price * 0.9)}}")

""",
    """rule "Report {n}"
  when every weekday at 09:{minute:02} in "Europe/Madrid"
  do
    leads = kommo.find_leads(stage: "Stage {n}", limit: 50)
    for each lead in filter(leads, l => now - l.updated_at > {n} hours) up to 3 at once
      kommo.create_task(
        lead_id: lead.id,
        text: "Waiting since {{lead.updated_at.format("d MMM")}}, report {n}",
        due: now + 1 business day,
      )

""",
    """rule "Reply {n}"
  when kommo.message_received as message
  where message.text contains "word {n}" or message.text matches "order [0-9]{{4}}-{n}"
  stop when kommo.lead_stage_changed as moved where moved.stage == "Won"
  do
    try
      http.post(url: "https://desk.example.com/{n}", json: {{text: message.text, at: now}}) timeout 5 s
    on error as problem
      log "desk {n}: {{problem.message}}"

""",
    """rule "Follow {n}"
  when kommo.lead_created as lead
  where lead.price > {bound} and lead.price <= {bound} + 50 and not (lead.name contains "test {n}")
  do
    together
      kommo.add_tags(lead_id: lead.id, tags: ["follow {n}"])
      kommo.add_note(lead_id: lead.id, text: "Follow {n}")
    wait for kommo.lead_stage_changed as change where change.lead_id == lead.id up to 3 days
    on timeout
      kommo.create_task(lead_id: lead.id, text: "Nothing moved, {n}", due: now + 2 business days)

""",
)


def workspace(rules: int, per_file: int = 10) -> dict[str, str]:
    """Texts by file name; the last file may hold fewer rules."""
    return {
        f"team_{file:04}.rule": _file(file, range(file * per_file, min((file + 1) * per_file, rules)))
        for file in range(-(-rules // per_file))
    }


def _file(file: int, numbers: range) -> str:
    rules = (
        _RULES[n % len(_RULES)].format(n=n + 1, file=file, bound=1_000 + 60 * n, rest=n % 7, minute=n % 60)
        for n in numbers
    )
    return (_HEAD.format(file=file, bound=100 + file) + "".join(rules)).rstrip("\n") + "\n"
