"""What the API's process and a language process tell each other, as MessagePack. Owns the shapes; plain data alone."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl.diagnostics import Diagnostic, Report
from treadle.dsl.graph import Limit
from treadle.dsl.typesystem import Record


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What is another in a workspace than the process was told before; with `anew`, everything.

    `files` are texts by path, `gone` paths that are there no more. `plugins` and `accounts` are JSON of what the
    catalogue holds, `graphs` JSON of published graphs by version; `versions` are those that are live now. None: as it
    was.
    """

    anew: bool = False
    files: dict[str, str] = {}
    gone: tuple[str, ...] = ()
    plugins: bytes | None = None
    accounts: bytes | None = None
    zone: str | None = None
    graphs: dict[str, bytes] = {}
    versions: tuple[str, ...] | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One question: `verb` of `answers.VERBS`, `body` its struct as MessagePack. `base` names the files."""

    workspace: UUID
    base: str
    verb: str
    body: bytes
    news: News | None = None


class Event(msgspec.Struct, frozen=True):
    """`shapes.ToExplain` with the event found: its data as the JSON that came."""

    file: str
    text: str
    trigger: str
    data: bytes


class Survey(msgspec.Struct, frozen=True):
    """How much is wrong with each stored file."""

    file: None = None


class ToCompile(msgspec.Struct, frozen=True):
    """All files of a set that is to go live."""

    files: dict[str, str]
    file: None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What they compile to, as `dsl.compiling.Compiled` has it: `graphs` are those without an error, and with `whole`
    there is none at all. `files` are the SHA-256 of the texts.
    """

    diagnostics: tuple[Diagnostic, ...]
    graphs: tuple[msgspec.Raw, ...]
    limits: tuple[Limit, ...]
    files: dict[str, str]
    events: dict[str, Record]
    whole: bool


Outcome = Literal["done", "declined", "too_much", "failed"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an order. `body` is JSON: the answer of the verb, or a `Declined`; of a failure it is a line for the
    log. `held` are the workspaces that the process still knows; with `tired` it wants to be replaced.
    """

    outcome: Outcome
    body: bytes
    held: tuple[UUID, ...] = ()
    tired: bool = False


class Declined(msgspec.Struct, frozen=True):
    """It cannot be answered; `code` is that of a problem, `detail` one sentence for the person who asked."""

    code: str
    detail: str
    diagnostics: tuple[Report, ...] = ()
