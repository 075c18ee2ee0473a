"""The frame of the few pages that the API serves itself. Owns the style and the policy; every page is static text."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --dim: #8888; --tint: #7d7d7d18; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 small { font-weight: 400; opacity: .6; font-size: 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--dim); padding-bottom: .3rem; }
h3 { margin: 1.8rem 0 .3rem; font-size: 1.05rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
pre { background: var(--tint); padding: .7rem .9rem; overflow-x: auto; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
td, th { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--dim); }
.verb { display: inline-block; min-width: 3.4rem; font-weight: 700; }
nav a { margin-right: 1rem; }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

CSP = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
"""The policy of every page: no scripts, nothing from elsewhere, and no style but this one."""


def page(title: str, body: str) -> str:
    """A whole HTML document around `body`, which is HTML already."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>\n'
