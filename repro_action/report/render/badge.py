# SPDX-License-Identifier: Apache-2.0
"""A model's badge as SVG: one text for one verdict, without fonts, scripts or addresses of elsewhere."""

from __future__ import annotations

from html import escape

from repro_action.report.model import Report
from repro_action.report.render import labels
from repro_action.text import clean
from repro_action.verdict import Verdict

NAME = 40
"""Characters of a model's name."""

_PADDING = 7
_LABEL = "#24292f"
# Each has a contrast of 4.5 or more with white text (WCAG 2.1, level AA).
_COLOURS = {
    Verdict.REPRODUCED: "#1a7f37",
    Verdict.EQUIVALENT: "#7d6300",
    Verdict.CHANGED: "#cf222e",
    Verdict.DRIFTED: "#cf222e",
    Verdict.FAILED: "#a40e26",
    Verdict.NO_BASELINE: "#57606a",
}
_NEUTRAL = "#0550ae"
_NARROW, _WIDE = frozenset("ijlrtf.,:;|!'()[] "), frozenset("mwMW@%")

_TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{width}" height="20" rx="3" fill="{colour}"/>
<path fill="{label}" d="M3 0h{edge}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
<text x="7" y="14" textLength="{first}" lengthAdjust="spacingAndGlyphs">{name}</text>
<text x="{start}" y="14" textLength="{second}" lengthAdjust="spacingAndGlyphs">{verdict}</text>
</g>
</svg>
"""


def badge(report: Report) -> str:
    """Return the badge of a model: its name, and what was found last."""
    return badge_of(report.name, labels.title(report), report.verdict)


def badge_of(model: str, verdict: str, of: Verdict | None) -> str:
    """Return a badge of two texts.

    Args:
        model: its name; foreign.
        verdict: what is said of it.
        of: that it has the colour of; None where nothing was run.
    """
    name = clean(model, NAME) or "model"
    first, second = _length(name), _length(verdict)
    left = first + 2 * _PADDING
    return _TEMPLATE.format(
        width=left + second + 2 * _PADDING,
        edge=left - 3,
        first=first,
        second=second,
        start=left + _PADDING,
        colour=_COLOURS[of] if of is not None else _NEUTRAL,
        label=_LABEL,
        name=_escaped(name),
        verdict=_escaped(verdict),
        title=_escaped(f"{name}: {verdict}"),
    )


def _length(text: str) -> int:
    """Return about how many pixels a text is wide; a viewer's own font is fitted to it."""
    units = sum(4 if one in _NARROW else 10 if one in _WIDE or ord(one) > 0x2E7F else 7 for one in text)
    return max(units, 1)


def _escaped(text: str) -> str:
    """Return a foreign text for XML, which has no place for halves of surrogate pairs and the like."""
    allowed = "".join(
        one if one not in "\ufffe\uffff" and not 0xD800 <= ord(one) < 0xE000 else "?" for one in text
    )
    return escape(allowed)
