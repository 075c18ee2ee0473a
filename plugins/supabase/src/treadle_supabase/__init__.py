"""The `supabase` plugin: rows of a project's tables."""

from treadle.sdk import Plugin
from treadle_supabase.actions import ACTIONS
from treadle_supabase.connection import Supabase

plugin = Plugin(
    "supabase",
    doc="Supabase: rows of a project's tables, read and written.",
    connections=[Supabase],
    actions=ACTIONS,
)
