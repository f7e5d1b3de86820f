# SPDX-License-Identifier: Apache-2.0
"""Foreign text in HTML: made visible, cut to a width and escaped; this is the only door in.

What is escaped here can stand between tags and in a quoted attribute, and nowhere else:
https://html.spec.whatwg.org/multipage/syntax.html
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from repro_action.text import ELLIPSIS, clean, middle, uncoloured, visible

WIDTH = 2_000
"""Characters of a foreign text that has no narrower bound."""

LINES = 200
"""Lines of a block of foreign text that are shown."""


class Html(str):
    """Text that is HTML already: our own, or escaped; templates escape every other value."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the text as it is, as template engines ask of what needs no escaping."""
        return self


def escaped(value: object, width: int = WIDTH) -> Html:
    """Return HTML as it is, nothing for None, and everything else as foreign text on one line."""
    if value is None:
        return Html()
    if isinstance(value, Html):
        return value
    if hasattr(value, "__html__"):  # what a template's macro returned
        return Html(str(value))
    return Html(escape(clean(str(value), width)))


def code(text: str, width: int = 200) -> Html:
    """Return foreign text as code on one line; nothing for an empty text."""
    return Html(f"<code>{escaped(text, width)}</code>") if text else Html()


def block(text: str) -> Html:
    """Return foreign lines as they are; the middle of a long text is left out."""
    lines = [middle(visible(middle(line, 1_600)), 800) for line in uncoloured(text).split("\n")]
    if len(lines) > LINES:
        left = len(lines) - LINES
        lines = [*lines[: LINES // 2], f"{ELLIPSIS} {left} lines left out", *lines[-(LINES // 2) :]]
    return Html(f"<pre>{escape(chr(10).join(lines))}</pre>")


def paragraphs(text: str) -> Html:
    """Return a message: its first line as a paragraph, further ones, such as output, as a block."""
    first, _, rest = text.strip("\n").partition("\n")
    return Html((f"<p>{escaped(first)}</p>" if first else "") + (block(rest) if rest else ""))


def joined(parts: Iterable[object], separator: str = "") -> Html:
    """Return what there is of several parts, with our own separator, which is HTML, between them."""
    return Html(separator.join(text for part in parts if (text := escaped(part))))
