"""The common job written in DBOS, in the form its documentation and its own benchmarks recommend for throughput.

One process of it: `both` takes deliveries and runs their workflows in the same event loop (`start_workflow_async`
answers once the workflow is durably recorded); `accept` only enqueues through `DBOSClient`; `work` only runs what is
queued. Async workflow and step, a pooled aiohttp client, uvicorn on uvloop with httptools and a bare ASGI function,
the delivery's identity as workflow id (so that a repeated delivery starts nothing), warnings only in the log.

Nothing here reaches a network: no conductor key, no telemetry endpoint, and the server listens on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import msgspec
import uvicorn
from dbos import DBOS, DBOSClient, DBOSConfig, SetWorkflowID

APP = "bench-common-job"
# A process of one app runs what another recorded only when both name the same version.
VERSION = "1"
QUEUE = "leads"
WORKFLOW = "report_big_lead"
ACCEPTED = b'{"accepted":1,"duplicates":0}'

HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ACCEPTED))]


Take = Callable[[str, dict[str, Any]], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


class Lead(msgspec.Struct, frozen=True):
    """What the rule reads of a lead."""

    id: int
    name: str
    price: int


class Far:
    """The sink and the pooled client that calls it; opened inside the loop."""

    session: aiohttp.ClientSession
    url: str


@DBOS.step()
async def post_lead(lead: dict[str, Any]) -> int:
    """The one effect, as a recorded step."""
    async with Far.session.post(f"{Far.url}/{lead['id']}", json={"lead": lead["id"], "price": lead["price"]}) as answer:
        answer.raise_for_status()
        await answer.read()
        return answer.status


@DBOS.workflow(name=WORKFLOW)
async def report_big_lead(lead: dict[str, Any]) -> None:
    """Condition, then effect."""
    if lead["price"] >= 1000:
        await post_lead(lead)


def decode(body: bytes) -> tuple[str, dict[str, Any]]:
    """The identity of a delivery, and its lead."""
    fields = dict(parse_qsl(body.decode()))
    lead = Lead(int(fields["leads[add][0][id]"]), fields["leads[add][0][name]"], int(fields["leads[add][0][price]"]))
    return f"lead_created:{lead.id}:{fields['leads[add][0][last_modified]']}", msgspec.to_builtins(lead)


async def start(identity: str, lead: dict[str, Any]) -> None:
    """Records the workflow, and leaves it running in this loop."""
    with SetWorkflowID(identity):
        await DBOS.start_workflow_async(report_big_lead, lead)


def enqueuing(client: DBOSClient) -> Take:
    """Records the workflow for another process."""

    async def enqueue(identity: str, lead: dict[str, Any]) -> None:
        await client.enqueue_async(
            {"queue_name": QUEUE, "workflow_name": WORKFLOW, "workflow_id": identity, "app_version": VERSION}, lead
        )

    return enqueue


def application(take: Take) -> Application:
    """Every request is a delivery; the answer goes out once `take` has recorded it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await take(*decode(body))
        await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ACCEPTED})

    return app


def launch(options: argparse.Namespace) -> None:
    """Starts the runtime in this loop; it makes its tables when they are not there."""
    config: DBOSConfig = {
        "name": APP,
        "system_database_url": options.url,
        "sys_db_pool_size": options.pool,
        "db_engine_kwargs": {"pool_pre_ping": False},  # one round trip less a transaction
        "max_executor_threads": options.threads,
        "executor_id": f"bench-{os.getpid()}",
        "application_version": VERSION,
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()


async def main(options: argparse.Namespace) -> None:
    """Runs one role until SIGTERM; prints the port it listens on, or 0, once it is ready."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    Far.url = options.sink
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=options.calls)) as session:
        Far.session = session
        take: Take = start
        if options.role == "accept":
            take = enqueuing(DBOSClient(system_database_url=options.url, application_name=APP))
        else:
            launch(options)
        if options.role == "work":
            await DBOS.register_queue_async(QUEUE, polling_interval_sec=options.poll, worker_concurrency=options.calls)
            print("0", flush=True)
            await stopping.wait()
        else:
            await listen(application(take), stopping)


async def listen(app: Application, stopping: asyncio.Event) -> None:
    """Serves on a free port and prints it."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", http="httptools", backlog=1024)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        print(bound.getsockname()[1], flush=True)
        await stopping.wait()
        server.should_exit = True
        await serving


def options() -> argparse.Namespace:
    """Pool and threads are what was fastest on two cores; more threads only fight for the interpreter's lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["both", "accept", "work"])
    parser.add_argument("--url", required=True)
    parser.add_argument("--sink", required=True)
    parser.add_argument("--pool", type=int, default=8)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--poll", type=float, default=0.05)
    return parser.parse_args()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(options()))
    os._exit(0)  # DBOS keeps threads that would be waited for; everything of ours is closed
