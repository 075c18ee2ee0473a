"""Kommo's fixed numbers: entity types, note types, the two system stages."""

from __future__ import annotations

WON, LOST = 142, 143
SYSTEM_STAGES = {WON: "Won", LOST: "Lost"}
"""The same ids in every pipeline of every account, whatever the account calls them."""

ENTITY_TYPES = {"1": "contact", "2": "lead", "3": "company", "12": "customer"}
"""Numbers in webhooks to the singular words of messages and events."""

NOTE_KINDS = {
    "4": "common",
    "5": "attachment",
    "10": "call_in",
    "11": "call_out",
    "13": "task_result",
    "15": "amomail_message",
    "25": "service_message",
    "102": "sms_in",
    "103": "sms_out",
}
"""4 and 5 stand in Kommo's samples; the others are amoCRM's older table. An unknown number is shown as it is."""


def singular(word: str) -> str:
    """REST says `leads`, webhooks and messages say `lead`; we say the latter."""
    return {"companies": "company"}.get(word, word.removesuffix("s"))
