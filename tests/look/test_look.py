# SPDX-License-Identifier: Apache-2.0
"""What people see: GitHub's own Markdown library and a browser find our structure, and nothing of strangers'."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.hostile import EVIL, HOSTILE_CONTEXT
from golden.comment.parts import COMMIT, CONTEXT
from golden.report.cases import CASES
from look.dom import ATTRIBUTES, LINKED, PLAIN, Dom
from look.page import MERMAID, STYLES, html, page
from look.photograph import QUIET, browser, photograph
from required import absent

from repro_action.report.model import Goal, Trend
from repro_action.report.render.markdown import comment
from repro_action.report.render.markdown import report as markdown
from repro_action.report.trend import chart

BODIES = {
    **{f"report {name}": markdown.render(report) for name, report in CASES.items()},
    **{
        f"comment {name}": comment.render(case.bundle, case.context, budget=case.budget)
        for name, case in CASES_OF_COMMENTS.items()
    },
}


SOURCE = re.compile(rf"https://github\.com/acme/models/(?:blob/{COMMIT}/[\w./-]+(?:#L\d+)?|actions/runs/\d+)")
"""A file of the repository, at the commit that was trained, or another run of it."""


def check(dom: Dom) -> None:
    """Hold a page to what our Markdown makes."""
    assert set() == dom.elements - PLAIN
    assert set() == dom.attributes - ATTRIBUTES
    assert [] == [link for link in dom.links - {CONTEXT.run_url} if not SOURCE.fullmatch(link)]
    assert [] == [text for text in dom.texts if LINKED.search(text)]
    assert all(len(set(rows)) == 1 and len(rows) >= 2 for rows in dom.rows)


def needs_browser() -> None:
    if not browser():
        absent("browser", "chromium is not installed")
    if not STYLES.is_dir():
        absent("node", "tests/npm has no node_modules: `make node`")


def dumped(source: Path, scratch: Path) -> str:
    """Return the elements of a page as a browser has them, after its scripts ran."""
    command = [
        browser(), *QUIET, f"--user-data-dir={scratch / 'profile'}", "--virtual-time-budget=8000",
        "--dump-dom", source.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.parametrize("name", BODIES)
def test_nothing_foreign_becomes_structure(name):
    dom = Dom.of(html(BODIES[name]))
    check(dom)
    markers = {HOSTILE_CONTEXT.marker, CONTEXT.marker}
    assert {f"<!--{text}-->" for text in dom.comments} <= markers


def test_a_browser_sees_the_same(tmp_path):
    needs_browser()
    source = tmp_path / "page.html"
    source.write_text(page("\n\n".join(BODIES.values()), "light", opened=True), encoding="utf-8")
    dom = Dom.of(dumped(source, tmp_path))
    check(dom)
    assert len(dom.rows) == len(Dom.of(html("\n\n".join(BODIES.values()))).rows)


DRAW = """<!doctype html><body><script src="{source}"></script><script>
const charts = {charts};
(async () => {{
  mermaid.initialize({{startOnLoad: false, securityLevel: "strict"}});
  for (const [place, text] of charts.entries()) {{
    const told = await mermaid.render("c" + place, text).then(made => made.svg, error => "error: " + error);
    document.body.insertAdjacentHTML("beforeend", "<div class=drawn>" + told + "</div>");
  }}
}})();
</script></body>"""


def test_mermaid_itself_draws_every_chart(tmp_path):
    needs_browser()
    names = ["accuracy", EVIL, "", "a" * 300]
    trends = [Trend(file="m", name=name, goal=Goal.MAX, values=(0.9, 0.95, -1234567.5)) for name in names]
    source = tmp_path / "page.html"
    charts = json.dumps([chart(trend) for trend in trends])
    source.write_text(DRAW.format(source=MERMAID.as_uri(), charts=charts), encoding="utf-8")
    shown = dumped(source, tmp_path)
    assert len(names) == shown.count('<div class="drawn"><svg')
    assert "error" not in re.sub(r"<(style|script).*?</\1>", "", shown, flags=re.DOTALL)
    assert "accuracy, higher is better" in shown


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_comment_can_be_photographed(theme, tmp_path):
    needs_browser()
    from PIL import Image

    picture = tmp_path / "comment.png"
    photograph(page(BODIES["comment new_baseline"], theme), picture, scratch=tmp_path)
    with Image.open(picture) as image:
        assert image.width == 800
        assert 250 < image.height < 800
        assert len(image.getcolors(256)) > 20


WIDEST = 390
"""Pixels of a telephone."""


@pytest.mark.parametrize("case", ["changed", "new_baseline", "one_edit", "first_run"])
def test_a_telephone_shows_the_whole_table(case, tmp_path):
    needs_browser()
    source = tmp_path / "page.html"
    source.write_text(page(BODIES[f"comment {case}"], "light", width=WIDEST) + MEASURE, encoding="utf-8")
    widths = [int(text) for text in re.findall(r"<i>(\d+)</i>", dumped(source, tmp_path))]
    assert widths
    assert max(widths) <= WIDEST


MEASURE = """<script>
for (const table of document.querySelectorAll(".markdown-body > table"))
  document.body.insertAdjacentHTML("beforeend", `<i>${table.scrollWidth}</i>`);
</script>"""
