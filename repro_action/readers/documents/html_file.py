# SPDX-License-Identifier: Apache-2.0
"""Pages of plots and tables that libraries write: a text whose ids are numbered in order.

An id is taken only at the place at which a library gives it to its own element, and only in that library's
form; each is replaced by a name of its own wherever it stands, so what refers to what stays content. What
Plotly and Bokeh draw is read as values. Any other HTML is a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from repro_action.readers.arrays import text_leaf
from repro_action.readers.documents.html_figures import figures_in
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Excluded, Tree, branch

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MOST = 10_000
RULE = "html-ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Library:
    """How a library's page is known, and where it gives ids.

    Attributes:
        sign: that the library wrote it.
        ids: patterns whose first group is an id.
    """

    sign: re.Pattern[str]
    ids: tuple[re.Pattern[str], ...]


_LIBRARIES = (
    _Library(  # plotly.io.to_html: div_id is a uuid4 by default
        sign=re.compile(r'class="plotly-graph-div"'),
        ids=(re.compile(rf'<div id="({_UUID})" class="plotly-graph-div"'),),
    ),
    _Library(  # folium and branca: an element's name and its uuid4
        sign=re.compile(r'class="folium-map"'),
        ids=(re.compile(r"\b([a-z]+(?:_[a-z]+)*_[0-9a-f]{32})\b"),),
    ),
    _Library(  # pandas' Styler: five digits of a uuid4 after T_
        sign=re.compile(r'<table id="T_[0-9a-f]{5}"'),
        ids=(re.compile(r'<table id="(T_[0-9a-f]{5})"'),),
    ),
    _Library(  # bokeh.embed: ids of the document, its roots and its scripts
        sign=re.compile(r"\bdata-root-id="),
        ids=(
            re.compile(rf'<div id="({_UUID})" data-root-id='),
            re.compile(rf'<script type="application/json" id="({_UUID})"'),
            re.compile(rf'\{{"({_UUID})":\{{"version":'),
            re.compile(rf'"docid":"({_UUID})"'),
        ),
    ),
    _Library(  # altair's renderers: a uuid4 after altair-viz-
        sign=re.compile(r"\baltair-viz-"),
        ids=(re.compile(r'\bid="(altair-viz-[0-9a-f]{32})"'),),
    ),
)


class HtmlReader:
    """Reads pages that Plotly, Folium, pandas, Bokeh and Altair wrote."""

    name = "html"
    size_limit = SizeLimit(copies=4)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith((".html", ".htm"))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the text.

        Raises:
            ArtifactUnreadable: not UTF-8, or too large.
        """
        text = whole_text(source, context, copies=self.size_limit.copies, encoding="utf-8")
        found = _given(text)
        if not found:
            return read_text(source, context)
        names = {name: f"id-{number}" for number, name in enumerate(found)}
        if any(new in text for new in names.values()):
            return read_text(
                source,
                context,
                reason="it has ids that look like the numbers that repro puts in place of random ids",
            )
        either = re.compile(r"(?<![0-9a-zA-Z_-])(?:" + "|".join(map(re.escape, names)) + r")(?![0-9a-f])")
        text = either.sub(lambda match: names[match[0]], text)
        figures, rest = figures_in(text, context)
        root = branch(
            [*figures, (".text", text_leaf(rest, context))],
            type=self.name,
            algorithm=context.digester.algorithm,
        )
        excluded = [Excluded(path=f"id[{name!r}]", rule=RULE) for name in names.values()]
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _given(text: str) -> list[str]:
    """Return the ids in the order in which they are given, each once."""
    places = [
        (match.start(1), match[1])
        for library in _LIBRARIES
        if library.sign.search(text)
        for pattern in library.ids
        for match in pattern.finditer(text)
    ]
    return list(dict.fromkeys(name for _, name in sorted(places)))[:_MOST]
