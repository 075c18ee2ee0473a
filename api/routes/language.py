"""`/language`: the language for editors. Text in, answer out, nothing stored; the work is done in other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from litestar import MediaType, Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from treadle.api.problems import Refused
from treadle.dsl.values import decode, encode
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.language import shapes
from treadle.runtime.language.pool import LanguageBusy, LanguageFull, NotAnswered, TooMuch
from treadle.runtime.services import language

T = TypeVar("T")
AGAIN = 2
"""Seconds after which a question that found everybody busy may be asked again."""
CODES = ("language_busy", "language_full", "too_much")
MAX_BODY = 5_000_000


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """What keeps a question from being answered, as problems."""
    try:
        yield
    except LanguageBusy:
        raise Refused("language_busy", "There was no answer in time; ask again.", retry_after=AGAIN) from None
    except LanguageFull:
        raise Refused("language_full", "Too many questions wait already; ask again.", retry_after=AGAIN) from None
    except TooMuch:
        raise Refused("too_much", "This takes more time or memory than a question may.") from None
    except NotAnswered as declined:
        told = declined.told
        raise Refused(told.code, told.detail, diagnostics=told.diagnostics) from None


async def _answer(kind: type[T], engine: Engine, who: Principal, verb: str, asked: language.Asked) -> Response[T]:
    async with asking():
        return _json(kind, await language.answered(engine, who, verb, asked))


def _json(_: type[T], answer: bytes) -> Response[T]:
    """An answer that was written down elsewhere as JSON of this type."""
    return cast("Response[T]", Response(answer, media_type=MediaType.JSON))


@post("/check", status_code=200, summary="Check rule files", codes=CODES, repeatable=True)
async def check(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.ToCheck]
) -> Response[shapes.Checked]:
    """What is wrong with an edited file among the stored ones, or with a set of files of its own: against the installed
    plugins, the connected accounts, and across rules.
    """
    return await _answer(shapes.Checked, engine, who, "check", data)


@post("/format", status_code=200, summary="Bring a file into its canonical form", codes=CODES, repeatable=True)
async def reformat(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.OnFile]
) -> Response[shapes.Reformatted]:
    """The canonical text, and the edits that lead to it. Declarations that cannot be read stay as they are."""
    return await _answer(shapes.Reformatted, engine, who, "format", data)


@post("/complete", status_code=200, summary="What may be written at a place", codes=CODES, repeatable=True)
async def complete(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.OnPlace]
) -> Response[shapes.Completions]:
    """Completions with the edit that writes each, the likeliest first."""
    return await _answer(shapes.Completions, engine, who, "complete", data)


@post("/hover", status_code=200, summary="What a name stands for", codes=CODES, repeatable=True)
async def hover(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.OnPlace]
) -> Response[shapes.Hovered]:
    """What is known of the name at a place, as Markdown."""
    return await _answer(shapes.Hovered, engine, who, "hover", data)


@post("/symbols", status_code=200, summary="What a file declares", codes=CODES, repeatable=True)
async def symbols(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.ToSymbols]
) -> Response[shapes.Symbols]:
    """The tree of a file: declarations, clauses, steps. With a query, declarations of all files by name."""
    return await _answer(shapes.Symbols, engine, who, "symbols", data)


@post("/graph", status_code=200, summary="What rules compile to", codes=CODES, repeatable=True)
async def graph(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.ToGraph]
) -> Response[shapes.Graphs]:
    """The execution graphs of a file's sound rules and sequences, and the ids by which operations name their steps."""
    return await _answer(shapes.Graphs, engine, who, "graph", data)


@post(
    "/edit",
    status_code=200,
    summary="Edit a file by operations on its graph",
    codes=(*CODES, "edit_refused", "base_changed"),
    repeatable=True,
)
async def edit(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.ToEdit]
) -> Response[shapes.EditedFile]:
    """The new text, with the edits of the old one that lead to it and back, the graphs and the diagnostics. Comments
    and everything that an operation is not about stay as they are. One that would damage the file is refused.
    """
    try:
        return await _answer(shapes.EditedFile, engine, who, "edit", data)
    except language.BaseChanged as changed:
        raise Refused("base_changed", f"{changed}.") from None


@post("/test", status_code=200, summary="Play the tests of a file", codes=CODES, repeatable=True)
async def test(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[shapes.ToTest]
) -> Response[shapes.TestsPlayed]:
    """How the `test` blocks of the file go, on the virtual clock: waits take no time, and nothing is sent."""
    return await _answer(shapes.TestsPlayed, engine, who, "test", data)


@post(
    "/explain",
    status_code=200,
    summary="What rules make of an event",
    codes=(*CODES, "event_unknown", "event_invalid"),
    repeatable=True,
)
async def explain(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    data: JSONBody[shapes.ToExplain],
) -> Response[shapes.Explained]:
    """For every rule, in the files as they are in the editor: it fires, or which condition does not hold and with what
    values. The event is a stored one, or made up.
    """
    exactly = decode(await request.body()).get("data")  # Litestar reads JSON numbers as floats
    try:
        async with asking():
            return _json(shapes.Explained, await language.explained(engine, who, data, encode(exactly)))
    except language.EventUnknown:
        raise Refused("event_unknown", f"There is no event {data.event} that rules could hear.") from None


router = Router(
    "/language",
    route_handlers=[check, reformat, complete, hover, symbols, graph, edit, test, explain],
    tags=["Language"],
    request_max_body_size=MAX_BODY,
)
