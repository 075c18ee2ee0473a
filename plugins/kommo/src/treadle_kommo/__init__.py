"""Kommo (amoCRM) for Treadle: its webhooks as typed events, its API as actions, and a local stand-in."""

from treadle.sdk import Plugin
from treadle_kommo.actions import ACTIONS
from treadle_kommo.connection import Kommo
from treadle_kommo.simulator import SIMULATOR
from treadle_kommo.triggers import TRIGGERS

plugin = Plugin(
    "kommo",
    doc="Kommo (amoCRM): leads, contacts, tasks, notes and chats of an account.",
    connections=[Kommo],
    triggers=TRIGGERS,
    actions=ACTIONS,
    simulator=SIMULATOR,
)
