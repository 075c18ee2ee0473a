"""The `treadle` plugin: what the platform tells of itself, and values that rules keep.

It comes in through the entry point group like any other and sees nothing but the SDK. Emitting the events is the
runtime's.
"""

from treadle.runtime.builtin.actions import ACTIONS
from treadle.runtime.builtin.events import TRIGGERS
from treadle.sdk import Plugin

plugin = Plugin(
    "treadle",
    doc="The platform itself: its failures as events, values that last, turns and counts. Needs no connection.",
    triggers=TRIGGERS,
    actions=ACTIONS,
)
