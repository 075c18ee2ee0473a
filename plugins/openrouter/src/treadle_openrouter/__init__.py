"""The `openrouter` plugin: chat completions of any model."""

from treadle.sdk import Plugin
from treadle_openrouter.actions import ACTIONS
from treadle_openrouter.connection import OpenRouter

plugin = Plugin(
    "openrouter",
    doc="OpenRouter: ask any model, know what it cost.",
    connections=[OpenRouter],
    actions=ACTIONS,
)
