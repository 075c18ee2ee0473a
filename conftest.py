"""What all tests share, those of plugins too: Hypothesis tries the same examples each time, so that green stays green.

With HYPOTHESIS_PROFILE=search it looks for new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`: half as many again as there are processors, for tests of processes wait as much as they work."""
    return (os.cpu_count() or 1) * 3 // 2
