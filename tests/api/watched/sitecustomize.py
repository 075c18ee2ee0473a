"""Loaded by every Python whose PYTHONPATH holds this folder: it is watched from the start."""

import watching

watching.begin()
