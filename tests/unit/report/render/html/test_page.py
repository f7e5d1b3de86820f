# SPDX-License-Identifier: Apache-2.0
"""The page of a report: whatever a report says stays text, nothing is loaded, everybody can read it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from golden.report.cases import CASES
from html_dom import PageDom, directives, sources
from reports import substituted

from repro_action.report.model import Report
from repro_action.report.render.html.report import render
from repro_action.report.render.html.style import document, filter_script, style_sheet
from repro_action.report.render.html.templating import environment

EVIL = (
    "</title></style></code></td><script>alert(1)</script><img src=x onerror=alert(1)>\"'` onload=x "
    "&lt;b&gt; \u202e\x00\x1b[31m <!-- ]]> {{ 7 * 7 }} javascript:alert(1)"
)

LOADING = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href"}


@pytest.mark.all_cases_but("huge")  # whose leaves are as those of other cases
def test_hostile_text_becomes_no_structure(case):
    plain = PageDom.of(render(substituted(CASES[case], "plain")))
    evil = PageDom.of(render(substituted(CASES[case], EVIL)))
    assert plain.names == evil.names
    assert [{*each} for _, each in plain.elements] == [{*each} for _, each in evil.elements]
    assert [] == evil.comments
    assert not any("\u202e" in text or "\x1b" in text or "\x00" in text for text in evil.texts)
    assert any("{{ 7 * 7 }}" in text for text in evil.texts)


def test_a_page_loads_nothing_and_runs_nothing_of_a_stranger(case):
    page = render(CASES[case])
    dom, policy = PageDom.of(page), directives(page)
    assert ["'none'"] == policy["default-src"] == policy["base-uri"] == policy["form-action"]
    assert sources(page, "style") == policy["style-src"]
    assert sources(page, "script") == policy.get("script-src", [])
    assert ["data:"] == policy["img-src"]
    loaded = [value for name in LOADING for value in dom.attributes(name)]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in loaded)
    assert not {"style", "onload", "onclick", "onerror"} & {key for _, each in dom.elements for key in each}
    assert {"link", "iframe", "object", "embed", "form", "base"}.isdisjoint(dom.names)


def test_a_page_is_the_same_bytes_each_time(case):
    assert render(CASES[case]) == render(CASES[case])


def test_a_page_is_well_formed(case):
    dom = PageDom.of(render(CASES[case]))
    assert [] == dom.misplaced == dom.within
    ids = dom.attributes("id")
    assert sorted(set(ids)) == sorted(ids)
    targets = [value.removeprefix("#") for value in dom.attributes("href")]
    assert [] == [target for target in targets if target not in ids]
    labelled = [part for value in dom.attributes("aria-labelledby") for part in value.split()]
    assert [] == [target for target in labelled if target not in ids]


def test_headings_go_down_one_step_at_a_time(case):
    levels = PageDom.of(render(CASES[case])).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_drawing_has_a_name_or_is_decoration(case):
    dom = PageDom.of(render(CASES[case]))
    drawings = [found for name, found in dom.elements if name == "svg"]
    assert drawings
    assert all(found.get("aria-label") or found.get("aria-hidden") == "true" for found in drawings)
    assert all(found.get("alt") for name, found in dom.elements if name == "img")
    assert {"lang": "en"} == dom.elements[0][1]
    assert [found for name, found in dom.elements if name == "th" and "scope" not in found] == []


def test_what_scrolls_can_be_reached_by_keyboard(case):
    dom = PageDom.of(render(CASES[case]))
    scrolling = [found for _, found in dom.elements if found.get("class") == "scroll"]
    assert all(found.get("tabindex") == "0" and found.get("aria-label") for found in scrolling)
    assert ":focus-visible" in style_sheet()


def test_no_meaning_is_in_a_colour_alone():
    page = render(CASES["changed_params"])
    texts = PageDom.of(page).texts
    assert {"better", "worse"} <= {text.strip() for text in texts}
    assert any("differs" in text for text in texts)


def test_all_that_a_report_warns_of_is_on_its_page():
    report: Report = CASES["drifted_flaky"]
    text = " ".join(PageDom.of(render(report)).texts)
    for finding in report.findings:
        assert finding.what[:40] in text
    for fact in report.environment:
        assert fact.value[:30] in text


def test_the_style_sheet_knows_dark_pages_and_paper():
    assert "prefers-color-scheme: dark" in style_sheet()
    assert "@media print" in style_sheet()


def test_no_asset_can_end_its_element():
    assert "</" not in style_sheet()
    assert "</" not in filter_script()
    assert "innerHTML" not in filter_script()


def test_every_template_compiles():
    for name in environment().list_templates():
        environment().get_template(name)


def test_a_title_is_text():
    assert "<title>&lt;b&gt;</title>" in document("<b>", render_nothing())


def render_nothing():
    from repro_action.report.render.html.markup import Html

    return Html()
