"""`/`: a page that says what answers here. No scripts, nothing loaded from elsewhere."""

from __future__ import annotations

from litestar import MediaType, Response, get

from treadle.api.html import CSP, page
from treadle.api.version import version

BODY = """<h1>Treadle <small>{version}</small></h1>
<p>Automation rules in a small checked language, run durably on Postgres.</p>
<ul>
<li><a href="/api/docs">API</a>, for people; <a href="/api/openapi.json">openapi.json</a>, for programs</li>
<li><a href="/health">Health</a></li>
</ul>
<p>On the command line: <code>treadle --help</code>, <code>treadle runs</code>, <code>treadle events</code>.</p>"""


@get("/", include_in_schema=False)
async def home() -> Response[str]:
    """The page."""
    return Response(page("Treadle", BODY.format(version=version())), media_type=MediaType.HTML, headers=CSP)
