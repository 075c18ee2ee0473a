"""What the examples of diagnostic codes have in common. Owns two pieces of rule text."""

from __future__ import annotations


def a_rule(*body: str, head: str = "") -> str:
    """A file with one rule around the given steps; `head` are clauses after `when`."""
    clauses = "".join(f"  {line}\n" for line in head.splitlines())
    steps = "".join(f"    {line}\n" for line in body)
    return f'use kommo\n\nrule "Example"\n  when kommo.lead_created as lead\n{clauses}  do\n{steps}'


A_NOTE = 'kommo.add_note(lead_id: lead.id, text: "x")'
