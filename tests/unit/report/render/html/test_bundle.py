# SPDX-License-Identifier: Apache-2.0
"""The page of a job: one model by itself, several as a table and a fold each, with ids of their own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from golden.comment.cases import CASES_OF_COMMENTS
from html_dom import PageDom, directives, sources

from repro_action.action.page_name import page_name
from repro_action.report.render.html import report as page
from repro_action.report.render.html.bundle import render


@pytest.mark.parametrize("name", ["fleet", "many", "hostile_many", "changed", "hostile"])
def test_a_page_of_models_is_well_formed(name):
    bundle = CASES_OF_COMMENTS[name].bundle
    text = render(bundle, {})
    dom = PageDom.of(text)
    ids = dom.attributes("id")
    assert sorted(set(ids)) == sorted(ids)
    assert [] == dom.misplaced == dom.within == dom.comments
    assert [] == [one for one in dom.attributes("href") if one.removeprefix("#") not in ids]
    assert dom.headings[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(dom.headings))
    assert sources(text, "script") == directives(text).get("script-src", [])
    words = " ".join(dom.texts)
    assert all(entry.report.name[:20].split("\x1b")[0][:5] in words for entry in bundle.entries)


def test_one_model_has_the_page_of_its_report():
    bundle = CASES_OF_COMMENTS["changed"].bundle
    assert render(bundle, {}) == page.render(bundle.entries[0].report)


def test_the_worst_model_comes_first():
    bundle = CASES_OF_COMMENTS["many"].bundle
    upside_down = replace(bundle, entries=tuple(reversed(bundle.entries)))
    assert render(bundle, {}) == render(upside_down, {})


@pytest.mark.parametrize(
    ("artifact", "name"),
    [
        ("repro-report", "repro-page"),
        ("repro-report-wine", "repro-page-wine"),
        ("mine", "page.mine"),
        ("", ""),
    ],
)
def test_no_job_takes_the_page_for_a_report(artifact, name):
    assert name == page_name(artifact)
    assert not artifact or not name.startswith(f"{artifact}-")
