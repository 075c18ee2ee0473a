"""`/decide/{link}`: the page on which somebody without an account answers one question that a run asks.

Opening it decides nothing, as programs that look into mails open links too; its two buttons do. No scripts. Who may
have such a link, and for how long it holds, is the service's affair.
"""

from __future__ import annotations

from contextlib import suppress
from html import escape
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from treadle.api.html import CSP, page
from treadle.api.workspaces import engine_of
from treadle.runtime.decisionlinks import LinkUnknown, read_link
from treadle.runtime.engine import Engine
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.services import approvals

PATH = "/decide"

_HEADERS = {
    "Content-Security-Policy": CSP["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'"),
    "Cache-Control": "no-store",
}
_ASKED = """<h1>{question}</h1>
<p>Asked by <b>{rule}</b>, until {until}. Your answer is kept in the history as that of {to}.</p>
<form method="post"><button name="decision" value="approve">Approve</button>
<button name="decision" value="refuse">Refuse</button></form>"""
_GONE = """<h1>Nothing to decide</h1>
<p>This link does not hold any more, or not all of it arrived. Ask whoever sent it for another.</p>"""


@get(PATH + "/{link:str}", include_in_schema=False)
async def show_question(engine: NamedDependency[Engine], link: FromPath[str]) -> Response[str]:
    """The question with its two buttons, or what became of it."""
    return await _shown(await _home(engine, link), link)


async def _home(engine: Engine, link: str) -> Engine:
    """The engine of the workspace that the link is of; any for what is no link."""
    with suppress(LinkUnknown):
        return await engine_of(engine, read_link(engine.vault, link).workspace_id) or engine
    return engine


async def _shown(engine: Engine, link: str) -> Response[str]:
    try:
        about, row = await approvals.by_link(engine, link)
    except LinkUnknown:
        return _page("Nothing to decide", _GONE, status=404)
    if row.state != "open":
        return _answered(row)
    until = f"{about.until:%Y-%m-%d %H:%M} UTC"
    body = _ASKED.format(question=escape(row.question), rule=escape(row.rule), to=escape(about.to), until=until)
    return _page("A question", body)


@post(PATH + "/{link:str}", include_in_schema=False, status_code=200)
async def answer_question(
    engine: NamedDependency[Engine], link: FromPath[str], request: Request[Any, Any, Any]
) -> Response[str]:
    """Decides, and says what holds now. The link itself is what proves that one may."""
    form, here = await request.form(), await _home(engine, link)
    decision = form.get("decision")
    if decision not in ("approve", "refuse"):
        return await _shown(here, link)
    try:
        row = await approvals.decided_by_link(here, link, approved=decision == "approve")
    except LinkUnknown:
        return _page("Nothing to decide", _GONE, status=404)
    return _answered(row)


def _answered(row: ApprovalRow) -> Response[str]:
    if row.state == "closed":
        said = "The time for an answer is over, or the run is."
    else:
        said = f"This was {row.state} by {escape(row.decided_by or 'somebody')}. The page can be closed."
    return _page("A question", f"<h1>{escape(row.question)}</h1><p>{said}</p>")


def _page(title: str, body: str, *, status: int = 200) -> Response[str]:
    return Response(page(title, body), status_code=status, media_type=MediaType.HTML, headers=_HEADERS)
