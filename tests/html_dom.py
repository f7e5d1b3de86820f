# SPDX-License-Identifier: Apache-2.0
"""What a page of ours is made of: elements, attributes, texts, headings; shared by tests of pages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "br", "input", "img"}


@dataclass
class PageDom(HTMLParser):
    """Collects what stands in a page, and complains of a tag that is closed out of order."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, page: str) -> PageDom:
        found = cls()
        found.feed(page)
        found.close()
        return found

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.elements]

    @property
    def headings(self) -> list[int]:
        return [int(name[1]) for name in self.names if re.fullmatch("h[1-6]", name)]

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, found in self.elements for key, value in found.items() if key == name]

    def _implied(self, *tags):
        """End what needs no end tag: cells and rows, before the next one or the end of their table."""
        while self.within and self.within[-1] in tags:
            self.within.pop()

    def handle_starttag(self, tag, attrs):
        self._implied(*{"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr")}.get(tag, ()))
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.within.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in {"tr", "tbody", "table"} and "svg" not in self.within:
            self._implied(*(("td", "th") if tag == "tr" else ("td", "th", "tr")))
        if self.within and self.within[-1] == tag:
            self.within.pop()
        else:
            self.misplaced.append(tag)

    def handle_data(self, data):
        if not {"style", "script"} & {*self.within}:
            self.texts.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def sources(page: str, element: str) -> list[str]:
    """Return the digests of the page's own styles or scripts, as a policy writes them."""
    bodies = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies
    ]


def directives(page: str) -> dict[str, list[str]]:
    """Return the policy of a page: directive → what it allows."""
    (text,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    parts = [part.split() for part in text.split(";")]
    return {name: allowed for name, *allowed in parts}
