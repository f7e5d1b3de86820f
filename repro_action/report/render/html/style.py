# SPDX-License-Identifier: Apache-2.0
"""How every page looks, and the frame around it: one document, one policy, nothing loaded.

The policy allows our style sheet, our one script and pictures that are inside the page, by their
digests: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from repro_action.report.render.html.markup import Html, escaped

_ASSETS = Path(__file__).parent / "assets"

_DOCUMENT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
{script}</body>
</html>
"""


@cache
def style_sheet() -> str:
    """Return the style sheet of all pages: light, dark, narrow, wide and printed."""
    return (_ASSETS / "page.css").read_text(encoding="utf-8")


@cache
def filter_script() -> str:
    """Return the script that filters lists as one types; a page can be read without it."""
    return (_ASSETS / "filter.js").read_text(encoding="utf-8")


def document(title: str, body: Html, *, script: bool = False, extra_style: str = "") -> str:
    """Return a whole page.

    Args:
        title: of the window; foreign text.
        body: everything that is shown.
        script: whether the page has lists that can be filtered.
        extra_style: rules of our own behind those of all pages.
    """
    style, code = style_sheet() + extra_style, filter_script() if script else ""
    return _DOCUMENT.format(
        policy=policy(style, code),
        title=escaped(title, 200),
        style=style,
        body=body,
        script=f"<script>{code}</script>\n" if code else "",
    )


def policy(style: str, script: str = "") -> str:
    """Return the policy of a page with one style sheet and at most one script, both by their digests."""
    scripts = f"; script-src {_source(script)}" if script else ""
    return (
        f"default-src 'none'; style-src {_source(style)}{scripts}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
