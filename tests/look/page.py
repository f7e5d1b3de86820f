# SPDX-License-Identifier: Apache-2.0
"""Markdown → a page as GitHub shows it: its own Markdown library, its style sheet."""

from __future__ import annotations

import re
from pathlib import Path

MODULES = Path(__file__).parents[1] / "npm" / "node_modules"
STYLES = MODULES / "github-markdown-css"
MERMAID = MODULES / "mermaid" / "dist" / "mermaid.min.js"

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><style>
{style}
html, body {{ margin: 0; background: {ground}; }}
.markdown-body {{ box-sizing: border-box; width: {width}px; padding: 16px 20px; font-size: 14px; }}
</style></head><body><article class="markdown-body">
{body}
</article>{scripts}</body></html>
"""

_DRAW = """<script src="{library}"></script><script>
mermaid.initialize({{startOnLoad: true, securityLevel: "strict", theme: "{theme}"}});
</script>"""
_CHART = re.compile(r'<pre lang="mermaid"><code>(.*?)</code></pre>', re.DOTALL)
_CHARTS = re.compile(r"<details>(?=(?:(?!</details>).)*<pre class)", re.DOTALL)

_GROUNDS = {"light": "#ffffff", "dark": "#0d1117"}


def html(markdown: str) -> str:
    """Return the HTML that GitHub's library makes; raw HTML stays, for the tests to find it."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    made: str = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return made


def page(markdown: str, theme: str, *, width: int = 800, opened: bool = False, drawn: bool = False) -> str:
    """Return a whole page; `opened` unfolds what is folded, `drawn` unfolds charts and draws them."""
    style = (STYLES / f"github-markdown-{theme}.css").read_text(encoding="utf-8")
    body = html(markdown)
    if opened:
        body = body.replace("<details>", "<details open>")
    scripts = ""
    if drawn:
        body = _CHARTS.sub("<details open>", _CHART.sub(r'<pre class="mermaid">\1</pre>', body))
        scripts = _DRAW.format(library=MERMAID.as_uri(), theme={"light": "default"}.get(theme, theme))
    return _PAGE.format(style=style, ground=_GROUNDS[theme], width=width, body=body, scripts=scripts)
