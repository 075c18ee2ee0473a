"""The `openrouter` plugin: chat completions of any model, models for agents, and a local stand-in."""

from treadle.sdk import Plugin
from treadle_openrouter.actions import ACTIONS
from treadle_openrouter.asking import MODELS
from treadle_openrouter.connection import OpenRouter
from treadle_openrouter.simulator import SIMULATOR

plugin = Plugin(
    "openrouter",
    doc="OpenRouter: ask any model, know what it cost.",
    connections=[OpenRouter],
    actions=ACTIONS,
    models=MODELS,
    simulator=SIMULATOR,
)
