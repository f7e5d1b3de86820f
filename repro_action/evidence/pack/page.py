# SPDX-License-Identifier: Apache-2.0
"""Markdown as one page of HTML that loads nothing, runs nothing, and looks the same printed."""

from __future__ import annotations

import html

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1f2328}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;margin:1em 0}"
    "th,td{border:1px solid #d1d9e0;padding:.3em .7em;text-align:left;vertical-align:top}"
    "code,pre{font:.875em ui-monospace,monospace;background:#f6f8fa;overflow-wrap:anywhere}"
    "pre{padding:.7em;overflow-x:auto;white-space:pre-wrap}"
)
_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""


def page(title: str, markdown: str) -> str:
    """Return a page of Markdown; HTML in it is shown as text, and no address in it is loaded.

    Args:
        title: of the page; foreign text.
        markdown: CommonMark with tables.
    """
    from markdown_it import MarkdownIt

    body: str = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(markdown)
    return _HEAD.format(title=html.escape(title), style=_STYLE) + body + "</body>\n</html>\n"
