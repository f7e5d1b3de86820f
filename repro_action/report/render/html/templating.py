# SPDX-License-Identifier: Apache-2.0
"""Templates that become HTML: every value that one prints is escaped, unless it is HTML already."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.findings.suspects import shown_values
from repro_action.report import numbers
from repro_action.report.render import config_changes, labels, probe_labels
from repro_action.report.render.environment import template_environment
from repro_action.report.render.html import tones
from repro_action.report.render.html.leaves import leaf_rows
from repro_action.report.render.html.markup import Html, block, code, escaped, joined, paragraphs
from repro_action.report.sections.rows import Row
from repro_action.text import clean, plural

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"


def render(template: str, /, **values: object) -> Html:
    """Return what a template makes of values, without blank lines around it.

    Args:
        template: its name, such as `metrics`.
        values: what it sees: dataclasses, enums, texts and numbers.
    """
    return Html(environment().get_template(f"{template}.html.j2").render(values).strip())


@cache
def environment() -> Environment:
    """Return the templates' environment: loaded once, and not before something is rendered."""
    return template_environment(FOLDER, escape=escaped, filters=FILTERS)


def _cells(found: Row) -> list[Html]:
    """Return what is in the cells behind a row's name."""
    return [
        escaped(cell, 300) if isinstance(cell, str) else Html(plural(cell.count, cell.noun))
        for cell in found.cells
    ]


FILTERS: dict[str, Callable[..., object]] = {
    "text": escaped,
    "code": code,
    "block": block,
    "paragraphs": paragraphs,
    "joined": joined,
    "cells": _cells,
    "values": shown_values,
    "pair": numbers.brief_pair,
    "delta": numbers.brief_delta,
    "relative": lambda row: numbers.percent(row.relative) if row.relative and not row.ulp else "",
    "number": numbers.number,
    "sigmas": numbers.sigmas,
    "plain": numbers.plain,
    "sizes": numbers.sizes,
    "size": numbers.size,
    "plural": plural,
    "more": labels.more,
    "state": labels.state,
    "leaf_names": labels.leaf_names,
    "leaf_rows": leaf_rows,
    "of_leaves": labels.of_leaves,
    "sense": labels.sense,
    "arrow": labels.arrow,
    "step": labels.step,
    "counts": labels.counts,
    "identical": labels.identical,
    "hidden": labels.hidden,
    "mark": labels.input_mark,
    "side": labels.side,
    "known_by": probe_labels.evidence,
    "setting": config_changes.setting,
    "outside": config_changes.outside,
    "tone": tones.tone,
    "level": tones.level,
    "length": len,
    "words": lambda command: shlex.join(clean(word, 300) for word in command[:200]),
}
"""All that a template may do to a value. Jinja's own filters are left out: some join texts unescaped."""
