# SPDX-License-Identifier: Apache-2.0
"""The reports of a job as one page: that of its only model, or a table of all and one fold each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from repro_action.report.bundle import Bundle, Entry, severity
from repro_action.report.render import labels
from repro_action.report.render.html.extras import NO_EXTRAS, PageExtras
from repro_action.report.render.html.markup import Html
from repro_action.report.render.html.report import opening, parts
from repro_action.report.render.html.report import render as report_page
from repro_action.report.render.html.style import document
from repro_action.report.render.html.templating import render as text
from repro_action.text import plural

LARGEST = 16 << 20
"""Characters of a page of many models; those beyond are in the table alone."""


def render(bundle: Bundle, extras: Mapping[str, PageExtras]) -> str:
    """Return all reports of a bundle as one page.

    Args:
        bundle: of a job.
        extras: configuration → what is known beyond its report.
    """
    if len(bundle.entries) == 1:
        (entry,) = bundle.entries
        return report_page(entry.report, extras.get(entry.config, NO_EXTRAS))
    entries = sorted(bundle.entries, key=lambda entry: (-severity(entry.report.verdict), entry.key))
    room, models = LARGEST, []
    for place, entry in enumerate(entries, start=1):
        body = _model(entry, extras.get(entry.config, NO_EXTRAS), f"m{place}-") if room > 0 else Html()
        room -= len(body)
        models.append((entry, labels.verdict(entry.report), body))
    title = plural(len(entries), "model")
    page = text("bundle", title=title, models=models, tool=bundle.tool)
    return document(title, page, script='class="filter"' in page)


def _model(entry: Entry, extras: PageExtras, prefix: str) -> Html:
    """Return the fold of one model; anchors in it begin with a prefix of its own."""
    found = [
        replace(part, anchor=prefix + part.anchor)
        for part in parts(entry.report, extras, prefix=prefix)
        if part.body
    ]
    return text("model", opening=opening(entry.report, level=2), parts=found)
