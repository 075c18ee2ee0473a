"""The plugin is found the way every plugin is."""

from __future__ import annotations

from importlib.metadata import entry_points

from treadle_http import plugin


def test_the_entry_point_leads_to_the_plugin() -> None:
    (found,) = entry_points(group="treadle", name="http")
    assert found.load() is plugin
    assert plugin.treadle_plugin() is plugin
