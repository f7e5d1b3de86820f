# SPDX-License-Identifier: Apache-2.0
"""Templates that become Markdown: every value that one prints is escaped, unless it is Markdown already."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.findings.suspects import shown_values
from repro_action.report import numbers
from repro_action.report.opaque_bytes import opaque
from repro_action.report.render import labels, probe_labels
from repro_action.report.render.environment import template_environment
from repro_action.report.render.markdown import symbols
from repro_action.report.render.markdown.escape import (
    Markdown,
    block,
    code,
    dated,
    escaped,
    joined,
    paragraphs,
    prose,
    row,
)
from repro_action.report.render.markdown.fitting import Part
from repro_action.report.sections.rows import Row
from repro_action.text import plural

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"


def render(template: str, /, **values: object) -> Markdown:
    """Return what a template makes of values, without blank lines around it.

    Args:
        template: its name, such as `causes`.
        values: what it sees: dataclasses, enums, texts and numbers.
    """
    return Markdown(environment().get_template(f"{template}.md.j2").render(values).strip("\n"))


def part(name: str, rank: int, template: str, /, *, fold: str = "", **values: object) -> Part:
    """Return what a template makes of values as one part of a body; without blocks where that is nothing."""
    body = render(template, **values)
    return Part(name=name, rank=rank, fold=fold, blocks=[body] if body else [])


@cache
def environment() -> Environment:
    """Return the templates' environment: loaded once, and not before something is rendered."""
    return template_environment(FOLDER, escape=_finalized, filters=FILTERS)


def load_templates() -> None:
    """Load the engine and compile the templates of a run's report, which then takes milliseconds."""
    for name in environment().list_templates(filter_func=lambda name: not name.startswith("probe")):
        environment().get_template(name)


def _finalized(value: object) -> Markdown:
    return Markdown(escaped(value))


def _ours(label: Callable[..., str]) -> Callable[..., Markdown]:
    """Return a function whose text holds nothing foreign as one that makes Markdown."""

    def made(*values: object, **options: object) -> Markdown:
        return Markdown(label(*values, **options))

    return made


def _cells(found: Row) -> list[Markdown]:
    """Return what stands in a table's line: foreign texts as code, a dash where there is none."""
    cells = (
        code(cell, 100) if isinstance(cell, str) else Markdown(plural(cell.count, cell.noun))
        for cell in found.cells
    )
    return [code(found.name, 80), *(cell or Markdown("—") for cell in cells)]


FILTERS: dict[str, Callable[..., object]] = {
    # Foreign text.
    "code": code,
    "prose": prose,
    "block": block,
    "paragraphs": paragraphs,
    "row": row,
    "cells": _cells,
    "joined": joined,
    "trimmed": lambda text: Markdown(str(text).strip("\n")),
    # Values as foreign texts.
    "values": shown_values,
    "pair": numbers.pair,
    "leaf_names": labels.leaf_names,
    "headline": labels.headline,
    "files": labels.files,
    "uncommitted": labels.uncommitted,
    "opaque": opaque,
    "known_by": probe_labels.evidence,
    "sentence": probe_labels.sentence,
    "facts": probe_labels.facts,
    "outputs": probe_labels.answer,
    "parted": probe_labels.parted,
    # Our own words.
    "symbol": _ours(symbols.symbol),
    "number": _ours(str),
    "plural": _ours(plural),
    "more": _ours(labels.more),
    "verdict": _ours(labels.title),
    "untrained": lambda report: dated(labels.untrained(report)),
    "counted_as": _ours(labels.counted_as),
    "state": _ours(labels.state),
    "leaves": _ours(labels.leaf),
    "of_leaves": _ours(labels.of_leaves),
    "arrow": _ours(labels.arrow),
    "judgement": _ours(labels.judgement),
    "effect": _ours(labels.effect),
    "delta": _ours(numbers.delta),
    "unbroken": _ours(lambda text: text.replace(" ", "\N{NO-BREAK SPACE}")),
    "plain": _ours(numbers.plain),
    "sizes": _ours(numbers.sizes),
    "magnitude": _ours(lambda size: numbers.magnitude(size) if size is not None else ""),
    "step": _ours(labels.step),
    "counts": _ours(labels.counts),
    "hidden": _ours(labels.hidden),
    "mark": _ours(labels.input_mark),
    "probe_verdict": _ours(probe_labels.title),
    "call": _ours(probe_labels.call),
    "answer_word": _ours(probe_labels.answer_word),
}
"""All that a template may do to a value. Jinja's own filters are left out: some join texts unescaped."""
