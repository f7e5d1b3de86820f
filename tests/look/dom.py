# SPDX-License-Identifier: Apache-2.0
"""What a page is made of: elements, links, texts outside code, tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

PLAIN = {
    "article", "body", "head", "html", "meta", "style", "br",
    "h2", "h3", "h4", "h5", "p", "ul", "li", "strong", "em", "sub", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "a",
}  # fmt: skip
"""Elements that our own Markdown makes."""

ATTRIBUTES = {"align", "href", "lang", "class", "charset", "open"}

LINKED = re.compile(r"@\w|#\d|://|www\.\w|:\w+:|\$|GH-\d|(?<![\w.])[0-9a-f]{7,40}\b")
"""What GitHub makes links or pictures of, after rendering and outside code."""


@dataclass
class Dom(HTMLParser):
    """Collects what stands in a page."""

    elements: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    _within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, page: str) -> Dom:
        instance = cls()
        instance.feed(page)
        instance.close()
        return instance

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in {"href", "src"}}
        if tag not in {"br", "img", "meta"}:
            self._within.append(tag)
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in {"td", "th"}:
            self.rows[-1][-1] += 1

    def handle_endtag(self, tag):
        if tag in self._within:
            while self._within.pop() != tag:
                pass

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_data(self, data):
        if not {"code", "pre", "style", "a"} & {*self._within}:
            self.texts.append(data)
