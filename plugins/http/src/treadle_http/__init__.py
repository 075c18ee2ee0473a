"""The `http` plugin: any HTTP service from a rule, without a connection."""

from treadle.sdk import Plugin
from treadle_http.actions import delete, get, patch, post, put
from treadle_http.reply import Reply

plugin = Plugin(
    "http",
    doc="""Any HTTP service: get, post, put, patch, delete. Needs no connection.""",
    actions=[get, post, put, patch, delete],
    types=[Reply],
)

__all__ = ["Reply", "plugin"]
