"""A run of five steps in Treadle, two of them idempotent HTTP calls: how many runs a second at full speed.

The last call is the one that the sink counts; a run is over one commit after it.
"""

from __future__ import annotations

from pathlib import Path

from bench.common_job import CONNECTIONS, WARM_UP
from bench.figures import Figure, figure
from bench.measure import Range, Target, Watched, require_clean
from bench.postgres import Server
from bench.service import running

DATABASE = "bench_five_steps"
RULE = """use http
use kommo

rule "Five steps"
  when kommo.lead_created as lead
  where lead.price >= 1000
  do
    log "lead {{lead.id}} came in"
    http.put(url: "http://{sink}/aside", json: {{seen: lead.id}})
    log "it was seen"
    http.put(url: "http://{sink}/leads", json: {{lead: lead.id, price: lead.price}})
    log "it was reported"
"""


def measure(lane: Range, server: Server, folder: Path, runs: int) -> list[Figure]:
    """One volley of so many events. Raises HarnessError when one is lost or repeated."""
    try:
        with running(folder, server.fresh(DATABASE), lane.address, RULE) as service, service.working() as work:
            watched = [Watched("serve", service.serve.pid), Watched("work", work.pid)]
            target = Target([service.hook], '"accepted":1', watched)
            lane.volley(target, WARM_UP, connections=8, rate=50)
            full = lane.volley(target, runs, connections=CONNECTIONS)
            require_clean(full, "five steps")
    finally:
        server.drop(DATABASE)
    return [figure("five_steps.runs_per_s", full.events_per_s, "runs/s")]
