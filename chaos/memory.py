"""How the memory of processes grows with what they did. Pure but for `Memory.watch`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from bench.processes import memory_mb

from chaos.installation import Installation
from chaos.service import Service

Sample = tuple[float, float]
"""Effects so far, megabytes."""

WARM_UP = 1 / 3
"""The share of the effects after which memory has to be flat: caches are full, pools are open."""


class Memory:
    """Samples by process."""

    def __init__(self, every: float = 1.0) -> None:
        self._every = every
        self.samples: dict[str, list[Sample]] = defaultdict(list)

    async def watch(self, site: Installation, service: Service) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            for each in (site.api, *site.workers):
                self.samples[each.name].append((service.applied, memory_mb(each.pid)))


def growth(samples: Sequence[Sample]) -> float | None:
    """How much a straight line through the samples after the warm-up rises, as a share of where it begins."""
    last = samples[-1][0] if samples else 0.0
    settled = [each for each in samples if each[0] >= last * WARM_UP]
    if len(settled) < 3 or settled[0][0] == last:
        return None
    slope, start = _line(settled)
    first = start + slope * settled[0][0]
    return slope * (last - settled[0][0]) / first


def _line(samples: Sequence[Sample]) -> tuple[float, float]:
    """Slope, and height at nothing, of the line with the least squares."""
    count = len(samples)
    x = sum(each for each, _ in samples) / count
    y = sum(each for _, each in samples) / count
    spread = sum((each - x) ** 2 for each, _ in samples)
    slope = sum((at - x) * (height - y) for at, height in samples) / spread
    return slope, y - slope * x
