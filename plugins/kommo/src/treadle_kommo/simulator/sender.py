"""Sends webhooks as Kommo does: form bodies to the subscribed destinations, in the background, two seconds to answer.

Owns the deliveries and their record. A delivery that fails is recorded and not repeated; repeating one is a test's
business (`POST /_test/deliver`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec

from treadle_kommo import forms
from treadle_kommo.forms import Tree
from treadle_kommo.simulator.state import Account

FORM = "application/x-www-form-urlencoded"
PATIENCE = 2.0
"""Seconds that Kommo waits for the answer (its webhooks page)."""


class Sent(msgspec.Struct, kw_only=True):
    """One delivery. `status` is 0 while it is under way and when there was no answer; `error` says why."""

    name: str
    to: str
    body: str
    status: int = 0
    error: str = ""
    answer: str = ""


class Sender:
    """The deliveries of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: set[asyncio.Task[None]] = set()
        self.sent: list[Sent] = []

    def announce(self, event: str, group: str, action: str, items: Sequence[Tree]) -> None:
        """Tell everybody who subscribed to `event`, all items in one body."""
        body = self.body({group: {action: list(items)}})
        for hook in self._account.webhooks.values():
            if event in hook.settings and not hook.disabled:
                self.start(event, hook.destination, FORM, body)

    def body(self, tree: Mapping[str, Tree]) -> bytes:
        """The form, the account's block first."""
        account = self._account
        block: Tree = {
            "subdomain": account.subdomain,
            "id": str(account.id),
            "_links": {"self": f"https://{account.subdomain}.kommo.com"},
        }
        return forms.encode({"account": block, **tree})

    def start(self, name: str, to: str, content_type: str, body: bytes) -> asyncio.Task[None]:
        """Send in the background."""
        sent = Sent(name=name, to=to, body=body.decode("latin-1"))
        self.sent.append(sent)
        task = asyncio.ensure_future(_deliver(sent, content_type, body, number=len(self.sent)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Drop what is under way."""
        for task in list(self._running):
            task.cancel()
        await self.settle()


async def _deliver(sent: Sent, content_type: str, body: bytes, *, number: int) -> None:
    headers = {
        "user-agent": "amoCRM-Webhooks/3.0",
        "accept-encoding": "gzip",
        "content-type": content_type,
        "content-length": str(len(body)),
        "x-amocrm-requestid": str(uuid5(NAMESPACE_URL, f"{sent.to}#{number}")),
        "connection": "close",
    }
    try:
        sent.status, sent.answer = await asyncio.wait_for(_post(urlsplit(sent.to), headers, body), PATIENCE)
    except TimeoutError:
        sent.error = f"no answer in {PATIENCE:g} s"
    except (OSError, ValueError) as error:
        sent.error = str(error) or type(error).__name__


async def _post(url: SplitResult, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    secure = ssl.create_default_context() if url.scheme == "https" else None
    port = url.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=secure)
    try:
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        lines = [
            f"POST {target} HTTP/1.1",
            f"host: {url.netloc}",
            *(f"{key}: {value}" for key, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        status = (await reader.readline()).split()
        answer = await reader.read()  # to the end: we asked for the connection to be closed
        return int(status[1]), answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
    except IndexError:
        raise ValueError("the answer is not HTTP") from None
    finally:
        writer.close()
