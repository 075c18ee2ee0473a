"""The `supabase` plugin: rows of a project's tables, and what happens to them."""

from treadle.sdk import Plugin
from treadle_supabase.actions import ACTIONS
from treadle_supabase.connection import Supabase
from treadle_supabase.triggers import TRIGGERS

plugin = Plugin(
    "supabase",
    doc="Supabase: rows of a project's tables, read, written and heard of.",
    connections=[Supabase],
    triggers=TRIGGERS,
    actions=ACTIONS,
)
