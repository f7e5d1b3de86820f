# SPDX-License-Identifier: Apache-2.0
"""The history of a repository → the files of its site. The same history gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.report.model_history import BaselineState, ModelHistory, RepositoryHistory
from repro_action.report.render import history_labels as labels
from repro_action.report.render.badge import badge_of
from repro_action.report.render.environment import template_environment
from repro_action.report.render.html.markup import Html, escaped
from repro_action.report.render.html.site.view import FILTERS, card, page_of
from repro_action.report.render.html.style import document
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent

FILTERED = 12
"""Models beyond which the index can be filtered as one types, where scripts run."""

OURS = re.compile(r"(?:index\.html|models/[a-z0-9][a-z0-9._-]*\.html|badges/[a-z0-9][a-z0-9._-]*\.svg)")
"""Paths of a site's files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """One file.

    Attributes:
        path: from the site's folder.
        text: UTF-8.
    """

    path: str
    text: str


def site_files(history: RepositoryHistory) -> Iterator[SiteFile]:
    """Yield the files of a site, its index last: where it is new, all that it links to is there."""
    for model in history.models:
        svg = badge(model)
        yield SiteFile(path=f"badges/{model.slug}.svg", text=svg)
        yield SiteFile(path=f"models/{model.slug}.html", text=_model(history, model, svg))
    yield SiteFile(path="index.html", text=_index(history))


def badge(model: ModelHistory) -> str:
    """Return a model's badge: the verdict of a run where one is known, else what git has of its baseline."""
    broken = bool(model.fault) or model.state is BaselineState.UNREADABLE
    nothing = Verdict.NO_BASELINE if model.state is BaselineState.NONE else None
    colour = model.verdict or (Verdict.FAILED if broken else nothing)
    return badge_of(model.name, labels.state(model), colour)


def _index(history: RepositoryHistory) -> str:
    cards = [card(model) for model in history.models]
    filtered = len(cards) > FILTERED
    body = _render(
        "index",
        title=labels.title(history),
        summary=labels.summary(history),
        missing=list(labels.left_out(history)),
        history=history,
        cards=cards,
        filtered=filtered,
    )
    return document(labels.title(history), body, script=filtered, extra_style=_style())


def _model(history: RepositoryHistory, model: ModelHistory, svg: str) -> str:
    # The badge has neither styles nor names of its own: it can be part of a page.
    body = _render("model", history=history, page=page_of(model), badge=Html(svg))
    title = f"{model.name or 'model'} · {labels.title(history)}"
    return document(title, body, extra_style=_style())


@cache
def _style() -> str:
    return (FOLDER / "site.css").read_text(encoding="utf-8")


def _render(template: str, /, **values: object) -> Html:
    return Html(_environment().get_template(f"{template}.html.j2").render(values).strip())


@cache
def _environment() -> Environment:
    return template_environment(FOLDER / "templates", escape=escaped, filters=FILTERS)
