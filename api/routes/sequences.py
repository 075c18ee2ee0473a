"""`/sequences`: which are live, who waits where, and starting one or, paced, one for each row of a list."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody
from litestar.params import FromPath, JSONBody

from treadle.api.idempotency import id_for
from treadle.api.pages import Page
from treadle.api.parameters import Reason, Who
from treadle.api.problems import Refused
from treadle.api.routes.runs import Started
from treadle.api.routes.starts import BulkView, bulk_view
from treadle.dsl.values import decode
from treadle.runtime.access import Principal
from treadle.runtime.byhand import SequenceUnknown
from treadle.runtime.csvrows import CsvInvalid
from treadle.runtime.engine import Engine, StartInvalid
from treadle.runtime.overview import SequenceView
from treadle.runtime.services import declared, starts, stopping
from treadle.runtime.services.starts import MOST_ROWS, RowsInvalid

STARTS = ("sequence_unknown", "start_invalid")
PER_MINUTE = 600.0
_SIZE = msgspec.Meta(min_length=1, max_length=MOST_ROWS)


class SequencePage(Page[SequenceView], frozen=True):
    """Sequences; there is one page."""


class SequenceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the parameters of the sequence are given, by name."""

    args: dict[str, Any] = {}


class StopWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs end: those of `key`, as `one at a time per` has it, or all. `who` is whom a program speaks for."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None
    who: Who | None = None
    reason: Reason | None = None


class RunsStopped(msgspec.Struct, frozen=True):
    """How many runs were told to end."""

    runs: int


class NewStarts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows to start from: `rows`, each what one run is given by parameter, or `csv`, a table whose first line names
    the parameters. `per_minute` is how many are started in a minute at most.
    """

    rows: Annotated[list[dict[str, Any]], _SIZE] | None = None
    csv: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    per_minute: Annotated[float, msgspec.Meta(gt=0, le=60_000)] = PER_MINUTE


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`NewStarts` with its rows unread: a hundred thousand of them are not to hold up what else comes in."""

    rows: Annotated[list[msgspec.Raw], _SIZE] | None = None
    csv: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    per_minute: Annotated[float, msgspec.Meta(gt=0, le=60_000)] = PER_MINUTE


_given = msgspec.json.Decoder(_Given)


@dataclass
class _TakesStarts(Operation):
    """The document's word for the body that the handler reads by itself."""

    def __post_init__(self) -> None:
        """Say what is taken."""
        shape = OpenAPIMediaType(schema=Reference(ref="#/components/schemas/NewStarts"))
        self.request_body = RequestBody(required=True, content={"application/json": shape})


@get("/", summary="Live sequences, and who waits where")
async def list_sequences(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> SequencePage:
    """Each sequence with its parameters, how its runs of the last 24 hours ended, and how many live runs are at which
    step. Of very many live runs, some ten thousand are looked at.
    """
    return SequencePage(await declared.sequences(engine, who), None)


@post("/{name:str}/start", status_code=202, summary="Start a sequence", codes=STARTS)
async def start_sequence(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    request: Request[Any, Any, Any],
    data: JSONBody[SequenceArgs],
) -> Started:
    """Start one run. Answered after the commit; a worker goes on from there."""
    exactly = decode(await request.body()).get("args", {})  # Litestar reads JSON numbers as floats
    try:
        return Started(await starts.started(engine, who, _named(engine, name), exactly, id_for(request)))
    except StartInvalid as invalid:
        raise _refused(invalid) from None


@post(
    "/{name:str}/starts",
    status_code=202,
    summary="Start a sequence for each row of a list",
    operation_class=_TakesStarts,
    codes=(*STARTS, "rows_invalid"),
)
async def start_in_bulk(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    request: Request[Any, Any, Any],
) -> BulkView:
    """Keep a list of up to 100,000 rows, which workers start one after the other, each once, so many in a minute. Rows
    that do not fit are refused with the reason; `GET /starts/{id}` says how far it is.
    """
    rows, per_minute = await asyncio.to_thread(_read, await request.body())
    try:
        kept = await starts.in_bulk(
            engine, who, _named(engine, name), rows, per_minute=per_minute, bulk_id=id_for(request)
        )
    except (CsvInvalid, RowsInvalid) as invalid:
        raise Refused("rows_invalid", f"{invalid}.") from None
    except StartInvalid as invalid:
        raise _refused(invalid) from None
    return bulk_view(kept)


@post("/{name:str}/stop", status_code=200, summary="Stop what a sequence does", codes=("sequence_unknown",))
async def stop_sequence(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    data: JSONBody[StopWish],
) -> RunsStopped:
    """End the runs of the sequence that live, those of one key or all, each before its next step. A call that is under
    way is waited for. Runs of a sequence that is not live any more end too.
    """
    try:
        count = await stopping.stopped(
            engine, who, _named(engine, name), key=data.key, said=data.who, reason=data.reason
        )
    except StartInvalid as invalid:
        raise _refused(invalid) from None
    return RunsStopped(count)


def _read(body: bytes) -> tuple[list[bytes] | str, float]:
    try:
        asked = _given.decode(body)
    except msgspec.ValidationError as error:
        raise Refused("bad_request", f"{error}.") from None
    except msgspec.DecodeError:
        raise Refused("bad_request", "The body cannot be read as JSON.") from None
    if (asked.rows is None) == (asked.csv is None):
        raise Refused("bad_request", "Give either `rows` or `csv`.")
    rows = asked.csv if asked.rows is None else [bytes(each) for each in asked.rows]
    assert rows is not None, "one of the two"
    return rows, asked.per_minute


def _named(engine: Engine, name: str) -> str:
    """The name as the address has it, or as it was escaped twice."""
    return name if engine.live.sequence(name) else unquote(name)


def _refused(invalid: StartInvalid) -> Refused:
    return Refused("sequence_unknown" if isinstance(invalid, SequenceUnknown) else "start_invalid", f"{invalid}.")


router = Router(
    "/sequences", route_handlers=[list_sequences, start_sequence, start_in_bulk, stop_sequence], tags=["Sequences"]
)
